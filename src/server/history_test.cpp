// The history over real sockets, with a real store.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/test_client.h"
#include "server/test_folder.h"
#include "server/test_server.h"
#include "store/store.h"

namespace heartbeat::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() { Start(); }

  void Start() {
    client_.reset();
    running_.reset();
    running_.emplace([this](ServerOptions& options) {
      options.keep_history = true;
      options.data_dir = folder_.path();
    });
    running_->predictor().predict = JudgeBySize;
    client_.emplace(running_->port());
  }

  std::optional<Answer> Ask(std::string_view method, const std::string& target,
                            const std::string& headers = "") {
    client_->Send(PlainRequest(method, target, headers));
    return client_->Read(method != "HEAD");
  }
  std::optional<Answer> Put(const std::string& id, const std::string& body,
                            const std::string& type = "application/json") {
    return client_->Ask("PUT /predictions/" + id + "/label HTTP/1.1\r\nHost: test\r\n" +
                        "Content-Type: " + type +
                        "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  json Predict(const std::string& content, const std::string& name = "a.wav") {
    return Json(client_->Ask(PredictRequest(content, "file", name)));
  }
  std::string Names(const std::string& query) {
    std::string names;
    const auto page = Json(Ask("GET", "/predictions" + query));
    for (const auto& entry : page["predictions"]) {
      names += entry["file_name"].get<std::string>() + " ";
    }
    return names;
  }
  std::string Type(const std::optional<Answer>& answer) { return Json(answer).value("type", ""); }

  TestFolder folder_;
  std::optional<RunningServer> running_;
  std::optional<TestClient> client_;
};

TEST_F(HistoryTest, KeepsWhatWasAnsweredByteForByte) {
  const auto answer = client_->Ask(PredictRequest("a recording", "file", "Jane.wav"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  const auto id = Json(answer)["id"].get<std::string>();
  {
    store::StoreOptions options;
    options.data_dir = folder_.path();
    const auto opened = store::Store::Open(options);  // while the server has it open
    ASSERT_TRUE(opened) << opened.error().message;
    const auto kept = (*opened)->Get(id);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->answer, answer->body);
    EXPECT_EQ(kept->predicted_class, store::PredictedClass::kAbnormal);
    EXPECT_EQ(kept->file_name, "Jane.wav");
  }
  Start();
  auto found = Json(Ask("GET", "/predictions/" + id));
  EXPECT_EQ(found["label"], nullptr);
  EXPECT_EQ(found["labels"], json::array());
  found.erase("label");
  found.erase("labels");
  EXPECT_EQ(found, Json(answer));
}

TEST_F(HistoryTest, KeepsWhomAndWhereItWasRecorded) {
  const std::string body =
      "--bound\r\nContent-Disposition: form-data; name=\"patient_ref\"\r\n\r\nP-1\r\n--bound\r\n"
      "Content-Disposition: form-data; name=\"location\"\r\n\r\nTV\r\n" +
      FormBody("a recording");
  client_->Ask(
      "POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; "
      "boundary=bound\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  Predict("another");
  const auto list = Json(Ask("GET", "/predictions?patient_ref=P-1"))["predictions"];
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["patient_ref"], "P-1");
  EXPECT_EQ(list[0]["location"], "TV");
}

TEST_F(HistoryTest, KeepsTheSuccessesOfABatch) {
  std::string body;
  for (int i = 0; i < 150; ++i) {  // more than may be with the store at a time
    body += "--bound\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" +
            std::to_string(i) + "\"\r\n\r\n" + (i == 7 ? "" : "sound " + std::to_string(i)) +
            "\r\n";
  }
  body += "--bound--\r\n";
  const auto batch = Json(client_->Ask(
      "POST /batch-predict HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; "
      "boundary=bound\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body));
  EXPECT_EQ(batch["batch_summary"]["successful"], 149);
  EXPECT_EQ(batch["results"][7]["status"], "error");
  std::set<std::string> answered;
  for (const auto& result : batch["results"]) {
    if (result["status"] == "success") answered.insert(result["id"]);
  }
  std::set<std::string> kept;
  const auto page = Json(Ask("GET", "/predictions?limit=1000"));
  for (const auto& entry : page["predictions"]) {
    kept.insert(entry["id"]);
  }
  EXPECT_EQ(answered.size(), 149U);
  EXPECT_EQ(kept, answered);
  auto first = Json(Ask("GET", "/predictions/" + batch["results"][0]["id"].get<std::string>()));
  EXPECT_FALSE(first.contains("status"));
}

TEST_F(HistoryTest, KeepsNothingThatCouldNotBeHeard) {
  EXPECT_EQ(Predict("")["type"], "/problems/recording-empty");
  EXPECT_EQ(Names(""), "");
}

TEST_F(HistoryTest, IsListedPageByPage) {
  for (int i = 0; i < 5; ++i) Predict("sound", std::to_string(i));
  std::vector<std::string> names;
  std::string query = "?limit=2";
  for (int pages = 1; pages <= 3; ++pages) {
    const auto page = Json(Ask("GET", "/predictions" + query));
    for (const auto& entry : page["predictions"]) names.push_back(entry["file_name"]);
    ASSERT_EQ(page["next_cursor"].is_null(), pages == 3);
    if (pages < 3) query = "?limit=2&cursor=" + page["next_cursor"].get<std::string>();
  }
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"0", "1", "2", "3", "4"}));
  EXPECT_EQ(Type(Ask("GET", "/predictions?cursor=%C3%A4")), "/problems/invalid-argument");
  EXPECT_EQ(Type(Ask("GET", "/predictions?limit=0")), "/problems/invalid-argument");
}

TEST_F(HistoryTest, IsFiltered) {
  Predict("short", "ward 3/a.wav");
  Predict("a longer sound", "ward 4/b.wav");
  EXPECT_EQ(Names("?class=normal"), "ward 3/a.wav ");
  EXPECT_EQ(Names("?verdict=abnormal"), "ward 4/b.wav ");
  EXPECT_EQ(Names("?verdict=uncertain"), "");
  EXPECT_EQ(Names("?file_name=WARD+4"), "ward 4/b.wav ");
  EXPECT_EQ(Names("?from=2100-01-01"), "");
  EXPECT_EQ(Names("?until=2100-01-01&class=normal"), "ward 3/a.wav ");
  EXPECT_EQ(Names("?label=any"), "");
  const auto entry = Json(Ask("GET", "/predictions?class=normal"))["predictions"][0];
  EXPECT_EQ(entry["probability_abnormal"], 0.2);
  EXPECT_EQ(entry["probability_normal"], 0.8);
  EXPECT_EQ(entry["recording"]["duration_s"], 2.0);
  EXPECT_FALSE(entry.contains("patient_ref"));
}

TEST_F(HistoryTest, TakesLabels) {
  const auto id = Predict("a recording")["id"].get<std::string>();
  const auto first = Json(Put(id, R"({"label":"normal","by":" Dr. A ","comment":"clear"})"));
  EXPECT_EQ(first["label"], "normal");
  EXPECT_EQ(first["by"], "Dr. A");
  EXPECT_EQ(first["comment"], "clear");
  EXPECT_EQ(
      Status(Put(id, R"({"label":"unsure","by":"Dr. B"})", "application/json; charset=utf-8")),
      200);
  const auto found = Json(Ask("GET", "/predictions/" + id));
  EXPECT_EQ(found["label"], "unsure");
  ASSERT_EQ(found["labels"].size(), 2U);
  EXPECT_EQ(found["labels"][0], first);
  EXPECT_EQ(found["labels"][1]["comment"], "");
  EXPECT_EQ(Names("?label=unsure"), "a.wav ");
  EXPECT_EQ(Names("?label=normal"), "");
  EXPECT_EQ(Names("?label=none"), "");
}

TEST_F(HistoryTest, RefusesLabelsThatMakeNoSense) {
  const auto id = Predict("a recording")["id"].get<std::string>();
  for (const auto& [body, type] : std::vector<std::pair<std::string, std::string>>{
           {"", "bad-request"},
           {"{", "bad-request"},
           {"null", "bad-request"},
           {"[]", "bad-request"},
           {R"("normal")", "bad-request"},
           {R"({"label":1,"by":"a"})", "bad-request"},
           {R"({"label":"normal","by":"a","when":"now"})", "bad-request"},
           {R"({"by":"a"})", "invalid-argument"},
           {R"({"label":"Normal","by":"a"})", "invalid-argument"},
           {R"({"label":"normal"})", "invalid-argument"},
           {R"({"label":"normal","by":" "})", "invalid-argument"},
           {R"({"label":"normal","by":")" + std::string(201, 'a') + "\"}", "invalid-argument"},
           {R"({"label":"normal","by":"a","comment":")" + std::string(8001, 'a') + "\"}",
            "invalid-argument"}}) {
    const auto refused = Put(id, body);
    EXPECT_EQ(Status(refused), 400) << body;
    EXPECT_EQ(Type(refused), "/problems/" + type) << body;
  }
  EXPECT_EQ(Status(Put(id, R"({"label":"normal","by":"a"})", "text/plain")), 415);
  EXPECT_EQ(Status(Put("no-such-id", R"({"label":"normal","by":"a"})")), 404);
  EXPECT_EQ(Json(Ask("GET", "/predictions/" + id))["labels"], json::array());
}

TEST_F(HistoryTest, GivesTheRecordingBack) {
  const std::string content(3'000'000, 'x');  // more than is in memory at a time
  const auto made = Predict(content + "end");
  const auto target = "/predictions/" + made["id"].get<std::string>() + "/audio";
  const auto all = Ask("GET", target);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->status, 200);
  EXPECT_EQ(all->headers.at("content-type"), "audio/wav");
  EXPECT_EQ(all->headers.at("accept-ranges"), "bytes");
  EXPECT_EQ(all->headers.at("cache-control"), "no-store");
  EXPECT_EQ(all->headers.at("content-length"), "3000003");
  EXPECT_TRUE(all->body == content + "end");
  const auto head = Ask("HEAD", target, "Range: bytes=0-1\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->headers.at("content-length"), "3000003");
  EXPECT_EQ(head->headers.at("etag"), all->headers.at("etag"));
  const auto known = Ask("GET", target, "If-None-Match: " + all->headers.at("etag") + "\r\n");
  EXPECT_EQ(Status(known), 304);
}

TEST_F(HistoryTest, GivesPartsOfTheRecording) {
  const auto made = Predict("0123456789abcdef");
  const auto target = "/predictions/" + made["id"].get<std::string>() + "/audio";
  const auto part = Ask("GET", target, "Range: bytes=4-7\r\n");
  ASSERT_TRUE(part);
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->headers.at("content-range"), "bytes 4-7/16");
  EXPECT_EQ(part->headers.at("content-length"), "4");
  EXPECT_EQ(part->body, "4567");
  EXPECT_EQ(Ask("GET", target, "Range: bytes=-3\r\n")->body, "def");
  const auto etag = part->headers.at("etag");
  EXPECT_EQ(Status(Ask("GET", target, "Range: bytes=0-0\r\nIf-Range: " + etag + "\r\n")), 206);
  EXPECT_EQ(Status(Ask("GET", target, "Range: bytes=0-0\r\nIf-Range: \"other\"\r\n")), 200);
  EXPECT_EQ(Status(Ask("GET", target, "Range: bytes=0-0,5-6\r\n")), 200);
  const auto behind = Ask("GET", target, "Range: bytes=16-\r\n");
  ASSERT_TRUE(behind);
  EXPECT_EQ(behind->status, 416);
  EXPECT_EQ(behind->headers.at("content-range"), "bytes */16");
  EXPECT_EQ(Type(behind), "/problems/range-not-satisfiable");
}

TEST_F(HistoryTest, ForgetsWhatIsDeleted) {
  const auto id = Predict("a recording")["id"].get<std::string>();
  const auto target = "/predictions/" + id;
  EXPECT_EQ(Type(Ask("DELETE", target + "?who=x")), "/problems/invalid-argument");
  const auto deleted = Ask("DELETE", target + "?by=Dr.+A");
  ASSERT_TRUE(deleted);
  EXPECT_EQ(deleted->status, 204);
  EXPECT_EQ(deleted->body, "");
  for (const auto& path : {target, target + "/audio"}) EXPECT_EQ(Status(Ask("GET", path)), 404);
  EXPECT_EQ(Status(Ask("DELETE", target)), 404);
  EXPECT_EQ(Names(""), "");
  store::StoreOptions options;
  options.data_dir = folder_.path();
  const auto opened = store::Store::Open(options);
  ASSERT_TRUE(opened);
  const auto trail = (*opened)->AuditTrail();
  ASSERT_TRUE(trail);
  ASSERT_FALSE(trail->empty());
  EXPECT_EQ(trail->front().who, "Dr. A");
  EXPECT_EQ(trail->front().subject, id);
}

TEST_F(HistoryTest, IsExported) {
  Predict("sound", "=1+1");
  Predict("sound", "b");
  const auto csv = Ask("GET", "/predictions.csv");
  ASSERT_TRUE(csv);
  EXPECT_EQ(csv->headers.at("content-type"), "text/csv; charset=utf-8");
  EXPECT_THAT(csv->headers.at("content-disposition"), HasSubstr("predictions.csv"));
  EXPECT_EQ(std::ranges::count(csv->body, '\n'), 3);
  EXPECT_THAT(csv->body, HasSubstr(",'=1+1,"));
  EXPECT_EQ(std::ranges::count(Ask("GET", "/predictions.csv?file_name=b")->body, '\n'), 2);
  EXPECT_EQ(Status(Ask("GET", "/predictions.csv?limit=5")), 400);
}

TEST_F(HistoryTest, IsExportedInPieces) {
  std::string body;
  for (int i = 0; i < 250; ++i) {
    body += "--bound\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a\"\r\n\r\n" +
            std::to_string(i) + "\r\n";
  }
  body += "--bound--\r\n";
  const auto batch = client_->Ask(
      "POST /batch-predict HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; "
      "boundary=bound\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  ASSERT_EQ(Status(batch), 200);
  const auto csv = Ask("GET", "/predictions.csv");
  ASSERT_TRUE(csv);
  EXPECT_EQ(csv->headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(std::ranges::count(csv->body, '\n'), 251);
}

TEST_F(HistoryTest, ShowsTheLatestHundredOldestFirst) {
  for (int i = 0; i < 102; ++i) Predict("sound", std::to_string(i));
  const auto history = Json(Ask("GET", "/visualizations/prediction-history"))["history"];
  ASSERT_EQ(history.size(), 100U);
  EXPECT_LE(history.front()["timestamp"], history.back()["timestamp"]);
  std::set<std::string> names;
  for (const auto& entry : history) names.insert(entry["file_name"]);
  EXPECT_FALSE(names.contains("0"));
  EXPECT_TRUE(names.contains("101"));
}

TEST_F(HistoryTest, NamesNobodyInTheLog) {
  const auto id = Predict("a recording", "Jane Doe.wav")["id"].get<std::string>();
  Put(id, R"({"label":"normal","by":"Dr. Who","comment":"Jane Doe"})");
  Ask("GET", "/predictions?file_name=Jane+Doe");
  Ask("DELETE", "/predictions/" + id + "?by=Dr.+Who");
  for (const auto& line : running_->AwaitLog(4)) {
    EXPECT_THAT(line.dump(), Not(HasSubstr("Jane")));
    EXPECT_THAT(line.dump(), Not(HasSubstr("Who")));
  }
}

TEST_F(HistoryTest, AnswersNothingThatIsNotKept) {
  // A prediction that the store refuses: its recording is another one.
  running_->predictor().predict = [](auto bytes, auto name) {
    auto prediction = JudgeBySize(bytes, name);
    (*prediction)["recording"]["sha256"] = std::string(64, '0');
    return prediction;
  };
  const auto refused = client_->Ask(PredictRequest("a recording"));
  EXPECT_EQ(Status(refused), 500);
  EXPECT_EQ(Type(refused), "/problems/internal");
  running_->predictor().predict = [](auto, auto) -> base::Result<json> { return json::object(); };
  EXPECT_EQ(Status(client_->Ask(PredictRequest("a recording"))), 500);
  EXPECT_EQ(Names(""), "");
}

TEST(HistoryOfNone, IsNotFound) {
  RunningServer running;
  TestClient client(running.port());
  for (const auto& [method, target] : std::vector<std::pair<std::string, std::string>>{
           {"GET", "/predictions"},
           {"GET", "/predictions.csv"},
           {"GET", "/predictions/1"},
           {"GET", "/predictions/1/audio"},
           {"PUT", "/predictions/1/label"},
           {"DELETE", "/predictions/1"},
           {"GET", "/visualizations/prediction-history"}}) {
    const auto answer = client.Ask(PlainRequest(method, target));
    EXPECT_EQ(Status(answer), 404) << target;
    EXPECT_THAT(Json(answer)["detail"].get<std::string>(), HasSubstr("--no-store")) << target;
  }
}

TEST(HistoryOfNone, CannotBeOpenedInAFile) {
  ServerOptions options;
  options.port = 0;
  options.data_dir = "/dev/null/history";
  const auto refused = Server::Create(options, std::make_unique<FakePredictor>());
  ASSERT_FALSE(refused);
  EXPECT_EQ(base::ExitCode(refused.error().code), 1);
  EXPECT_THAT(refused.error().message, HasSubstr("/dev/null/history"));
  EXPECT_THAT(refused.error().message, HasSubstr("--no-store"));
}

}  // namespace
}  // namespace heartbeat::server
