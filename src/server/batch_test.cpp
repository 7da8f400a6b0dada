// POST /batch-predict over real sockets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "server/test_client.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using nlohmann::json;
using testing::HasSubstr;

struct Part {
  std::string key;
  std::string file_name;
  std::string content;
};

std::string Batch(const std::vector<Part>& parts, const std::string& fields = "") {
  std::string body = fields;
  for (const auto& part : parts) {
    body += "--bound\r\nContent-Disposition: form-data; name=\"" + part.key + "\"; filename=\"" +
            part.file_name + "\"\r\n\r\n" + part.content + "\r\n";
  }
  body += "--bound--\r\n";
  return "POST /batch-predict HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; "
         "boundary=bound\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string Field(const std::string& name, const std::string& value) {
  return "--bound\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value +
         "\r\n";
}

std::vector<Part> Files(std::size_t count) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < count; ++i) {
    parts.push_back({"files", std::to_string(i) + ".wav", std::string(i + 1, 'x')});
  }
  return parts;
}

std::string TextOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// "bad" is no sound, "boom" breaks the server, "throw" throws; long content is abnormal.
base::Result<json> Judge(std::span<const std::byte> bytes, std::string_view file_name) {
  const auto text = TextOf(bytes);
  if (text == "bad") return base::Fail(ErrorCode::kUnsupportedFormat, "this is no sound");
  if (text == "boom") return base::Fail(ErrorCode::kInternal, "secret");
  if (text == "throw") throw std::runtime_error("secret");
  const char* verdict = bytes.size() > 10 ? "abnormal" : "normal";
  return json{{"file_name", std::string(file_name)},
              {"bytes", bytes.size()},
              {"predicted_class", verdict},
              {"verdict", verdict}};
}

TEST(Batch, AnswersInTheOrderSent) {
  RunningServer running;
  running.predictor().predict = Judge;
  TestClient client(running.port());
  auto parts = Files(20);
  parts[3].key = "file";  // both keys, mixed
  const auto answer = client.Ask(Batch(parts));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->headers.at("content-type"), "application/json");
  const auto batch = Json(answer);
  ASSERT_EQ(batch["results"].size(), 20U);
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(batch["results"][i]["file_name"], std::to_string(i) + ".wav");
    EXPECT_EQ(batch["results"][i]["bytes"], i + 1);
    EXPECT_EQ(batch["results"][i]["status"], "success");
  }
  EXPECT_EQ(batch["predictions"], batch["results"]);
  EXPECT_EQ(batch["total"], 20);
  EXPECT_EQ(batch["batch_summary"], (json{{"total_files", 20},
                                          {"successful", 20},
                                          {"failed", 0},
                                          {"normal_count", 10},
                                          {"abnormal_count", 10},
                                          {"abnormal_rate", 0.5}}));
}

TEST(Batch, IsNotFailedByAFile) {
  RunningServer running([](ServerOptions& options) { options.max_file_bytes = 100; });
  running.predictor().predict = Judge;
  TestClient client(running.port());
  const auto answer = client.Ask(Batch({{"files", "0", "bad"},
                                        {"files", "1", "good"},
                                        {"files", "2", std::string(101, 'x')},
                                        {"files", "3", "boom"},
                                        {"files", "4", "throw"},
                                        {"files", "\xff", "bad"}}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body.find("secret"), std::string::npos);
  const auto batch = Json(answer);
  const auto& results = batch["results"];
  ASSERT_EQ(results.size(), 6U);
  EXPECT_EQ(results[0], (json{{"file_name", "0"},
                              {"status", "error"},
                              {"error", "this is no sound"},
                              {"type", "/problems/unsupported-format"}}));
  EXPECT_EQ(results[1]["status"], "success");
  EXPECT_EQ(results[2]["type"], "/problems/body-too-large");
  EXPECT_EQ(results[3]["type"], "/problems/internal");
  EXPECT_THAT(results[3]["error"].get<std::string>(),
              HasSubstr(answer->headers.at("x-request-id")));
  EXPECT_EQ(results[4]["type"], "/problems/internal");
  EXPECT_EQ(results[5]["file_name"], "\xef\xbf\xbd");
  EXPECT_EQ(batch["batch_summary"], (json{{"total_files", 6},
                                          {"successful", 1},
                                          {"failed", 5},
                                          {"normal_count", 1},
                                          {"abnormal_count", 0},
                                          {"abnormal_rate", 0.0}}));
}

TEST(Batch, SucceedsAlsoWhereNoFileDoes) {
  RunningServer running;
  running.predictor().predict = Judge;
  TestClient client(running.port());
  const auto batch = Json(client.Ask(Batch({{"files", "0", "bad"}})));
  EXPECT_EQ(batch["batch_summary"]["abnormal_rate"], 0.0);
  EXPECT_EQ(batch["batch_summary"]["failed"], 1);
}

TEST(Batch, KeepsWhomAndWhereItWasRecorded) {
  RunningServer running;
  TestClient client(running.port());
  const auto batch =
      Json(client.Ask(Batch(Files(2), Field("patient_ref", "P-1") + Field("location", "TV"))));
  for (const auto& result : batch["results"]) {
    EXPECT_EQ(result["patient_ref"], "P-1");
    EXPECT_EQ(result["location"], "TV");
  }
  const auto refused = client.Ask(Batch(Files(2), Field("location", "nose")));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 400);
  EXPECT_EQ(Json(refused)["type"], "/problems/invalid-argument");
}

TEST(Batch, NeedsAFile) {
  RunningServer running;
  TestClient client(running.port());
  for (const auto& parts : {std::vector<Part>{}, std::vector<Part>{{"sound", "a", "x"}},
                            std::vector<Part>{{"files", "", ""}}}) {
    const auto answer = client.Ask(Batch(parts));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 400);
    EXPECT_THAT(Json(answer)["detail"].get<std::string>(), HasSubstr("`files`"));
  }
}

TEST(Batch, NeedsAModel) {
  RunningServer running;
  running.predictor().loaded = false;
  TestClient client(running.port());
  const auto answer = client.Ask(Batch(Files(1)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(Json(answer)["type"], "/problems/no-model");
}

TEST(Batch, IsHeardInParallel) {
  RunningServer running([](ServerOptions& options) { options.threads = 3; });
  Gate gate;
  running.predictor().predict = [&gate](auto bytes, auto name) {
    gate.Wait();
    return Judge(bytes, name);
  };
  TestClient client(running.port());
  client.Send(Batch(Files(3)));
  EXPECT_TRUE(gate.AwaitWaiting(3));
  gate.Open();
  EXPECT_EQ(Json(client.Read())["batch_summary"]["successful"], 3);
}

TEST(Batch, DoesNotKeepOthersWaiting) {
  RunningServer running([](ServerOptions& options) { options.threads = 1; });
  Gate first;
  Gate rest;
  running.predictor().predict = [&](auto bytes, auto name) {
    if (name == "0.wav") first.Wait();
    if (name == "2.wav") rest.Wait();  // opened only after the others were answered
    return Judge(bytes, name);
  };
  TestClient batch(running.port());
  batch.Send(Batch(Files(200)));
  ASSERT_TRUE(first.AwaitWaiting(1));
  TestClient other(running.port());
  other.Send(PredictRequest("short", "file", "single"));
  ASSERT_TRUE(running.AwaitMetric("heartbeat_work_queue_depth 1\n"));
  first.Open();
  const auto answer = other.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_FALSE(batch.HasAnswer());
  rest.Open();
  EXPECT_EQ(Json(batch.Read())["batch_summary"]["successful"], 200);
}

TEST(Batch, MayTakeLongerThanOneAnswerMay) {
  RunningServer running([](ServerOptions& options) {
    options.threads = 1;
    options.answer_timeout = std::chrono::milliseconds(1000);
  });
  running.predictor().predict = [](auto bytes, auto name) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return Judge(bytes, name);
  };
  TestClient client(running.port());
  EXPECT_EQ(Json(client.Ask(Batch(Files(8))))["batch_summary"]["successful"], 8);
}

TEST(Batch, IsGivenUpWhereAFileTakesTooLong) {
  RunningServer running([](ServerOptions& options) {
    options.threads = 1;
    options.answer_timeout = std::chrono::milliseconds(200);
  });
  Gate gate;
  std::atomic<int> heard = 0;
  running.predictor().predict = [&](auto bytes, auto name) {
    if (++heard == 2) gate.Wait();
    return Judge(bytes, name);
  };
  TestClient client(running.port());
  const auto answer = client.Ask(Batch(Files(10)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  gate.Open();
  EXPECT_EQ(Json(client.Ask(PredictRequest("x", "file", "next")))["predicted_class"], "normal");
  EXPECT_EQ(heard, 3);  // the rest of the batch was not heard for nobody
}

TEST(Batch, ManyAtATimeAreAllAnswered) {
  RunningServer running([](ServerOptions& options) { options.threads = 2; });
  running.predictor().predict = Judge;
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<TestClient>(running.port()));
    clients.back()->Send(Batch(Files(30)));
  }
  for (const auto& client : clients) {
    EXPECT_EQ(Json(client->Read())["batch_summary"]["successful"], 30);
  }
}

}  // namespace
}  // namespace heartbeat::server
