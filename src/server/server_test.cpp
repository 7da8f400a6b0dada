// The server over real sockets: what it answers, row by row of the API's contract.

#include "server/server.h"

#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "server/test_client.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;

constexpr std::string_view kGetHealth = "GET /health HTTP/1.1\r\nHost: test\r\n\r\n";

// Status and shape of RFC 9457, and that the id of the answer is the id of the problem.
void ExpectProblem(const std::optional<Answer>& answer, int status, ErrorCode code) {
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, status);
  EXPECT_EQ(answer->headers.at("content-type"), "application/problem+json");
  const auto json = Json(answer);
  ASSERT_TRUE(json.is_object()) << answer->body;
  EXPECT_EQ(json["type"], "/problems/" + std::string(base::Name(code)));
  EXPECT_EQ(json["title"], base::Title(code));
  EXPECT_EQ(json["status"], status);
  EXPECT_EQ(json["instance"], "urn:uuid:" + answer->headers.at("x-request-id"));
  EXPECT_GT(json["detail"].get<std::string>().size(), 10U);
}

std::string Get(std::string_view path, std::string_view method = "GET") {
  return std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n\r\n";
}

// To /predict, with any header lines (each ended by CR LF) and body.
std::string Post(std::string_view headers, std::string_view body) {
  return "POST /predict HTTP/1.1\r\nHost: test\r\n" + std::string(headers) + "\r\n" +
         std::string(body);
}

constexpr std::string_view kFormType = "Content-Type: multipart/form-data; boundary=bound\r\n";

TEST(Server, TellsItsHealth) {
  RunningServer running;
  TestClient client(running.port());
  const auto answer = client.Ask(kGetHealth);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(Json(answer), (nlohmann::json{{"status", "ok"}, {"model_loaded", true}}));
  EXPECT_EQ(answer->headers.at("content-type"), "application/json");
  EXPECT_EQ(answer->headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer->headers.at("cache-control"), "no-store");
  EXPECT_EQ(answer->headers.at("server"), "HeartBeat");
  EXPECT_EQ(answer->headers.at("x-request-id").size(), 36U);
  EXPECT_EQ(answer->headers.at("date").size(), 29U);
  EXPECT_FALSE(answer->headers.contains("connection"));
}

TEST(Server, Predicts) {
  RunningServer running;
  TestClient client(running.port());
  const auto answer = client.Ask(PredictRequest("bytes of a sound", "file", "a \\\"b\\\".wav"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->headers.at("content-type"), "application/json");
  EXPECT_EQ(
      Json(answer),
      (nlohmann::json{{"predicted_class", "normal"}, {"file_name", "a \"b\".wav"}, {"bytes", 16}}));
}

TEST(Server, AnswersAFileNameThatIsNotUtf8) {
  RunningServer running;
  TestClient client(running.port());
  const auto answer = client.Ask(PredictRequest("x", "file", "\xff.wav"));
  EXPECT_EQ(Json(answer)["file_name"], "\xef\xbf\xbd.wav");
}

TEST(Server, TakesFieldsAndPartsItDoesNotKnow) {
  RunningServer running;
  TestClient client(running.port());
  const auto part = [](std::string_view name, std::string_view content) {
    return "--bound\r\nContent-Disposition: form-data; name=" + std::string(name) + "\r\n\r\n" +
           std::string(content) + "\r\n";
  };
  const auto body = part("patient_ref", "p1") + part("location", "MV") + part("other", "ignored") +
                    FormBody("12345");
  const auto answer = client.Ask(Post(
      std::string(kFormType) + "Content-Length: " + std::to_string(body.size()) + "\r\n", body));
  EXPECT_EQ(Json(answer)["bytes"], 5);
}

TEST(Server, TakesAChunkedBody) {
  RunningServer running;
  TestClient client(running.port());
  const auto body = FormBody("1234567");
  std::string chunks;
  for (const char c : body) chunks += std::string("1\r\n") + c + "\r\n";
  const auto answer = client.Ask(Post(std::string(kFormType) + "Transfer-Encoding: chunked\r\n",
                                      chunks + "0\r\nTrailer: x\r\n\r\n"));
  EXPECT_EQ(Json(answer)["bytes"], 7);
  EXPECT_EQ(Status(client.Ask(kGetHealth)), 200);
}

TEST(Server, SaysContinueBeforeABodyIsSent) {
  RunningServer running;
  TestClient client(running.port());
  const auto body = FormBody("123");
  const auto headers = std::string(kFormType) + "Expect: 100-continue\r\nContent-Length: ";
  client.Send(Post(headers + std::to_string(body.size()) + "\r\n", ""));
  const auto go_on = client.Read();
  ASSERT_TRUE(go_on);
  EXPECT_EQ(go_on->status, 100);
  EXPECT_EQ(Json(client.Ask(body))["bytes"], 3);
  // Where the body is not wanted, the client is told before it has sent any of it.
  client.Send(Post(headers + "999999999\r\n", ""));
  ExpectProblem(client.Read(), 413, ErrorCode::kBodyTooLarge);
}

TEST(Server, AnswersEveryErrorOfAPrediction) {
  ErrorCode code{};
  RunningServer running;
  running.predictor().predict = [&code](auto, auto) -> base::Result<nlohmann::json> {
    return base::Fail(code, "what the message says");
  };
  TestClient client(running.port());
  const std::vector<std::pair<ErrorCode, int>> rows = {
      {ErrorCode::kUnsupportedFormat, 415},  {ErrorCode::kEmptyRecording, 422},
      {ErrorCode::kRecordingTooShort, 422},  {ErrorCode::kRecordingTooLong, 422},
      {ErrorCode::kSilentRecording, 422},    {ErrorCode::kNonFiniteSamples, 422},
      {ErrorCode::kTruncatedRecording, 422}, {ErrorCode::kCorruptRecording, 422},
      {ErrorCode::kBodyTooLarge, 413},       {ErrorCode::kNoModel, 503},
      {ErrorCode::kInternal, 500},           {ErrorCode::kIo, 500}};
  for (const auto& [row_code, status] : rows) {
    SCOPED_TRACE(base::Name(row_code));
    code = row_code;
    const auto answer = client.Ask(PredictRequest("x"));
    ExpectProblem(answer, status, row_code);
    const bool tells = Json(answer)["detail"] == "what the message says";
    EXPECT_EQ(tells, status != 500);
  }
}

TEST(Server, HidesExceptions) {
  RunningServer running;
  running.predictor().predict = [](auto, auto) -> base::Result<nlohmann::json> {
    throw std::runtime_error("secret");
  };
  TestClient client(running.port());
  const auto answer = client.Ask(PredictRequest("x"));
  ExpectProblem(answer, 500, ErrorCode::kInternal);
  EXPECT_EQ(answer->body.find("secret"), std::string::npos);
  EXPECT_EQ(Status(client.Ask(kGetHealth)), 200);
}

TEST(Server, IsHealthyWithoutAModelButPredictsNothing) {
  RunningServer running;
  running.predictor().loaded = false;
  TestClient client(running.port());
  const auto health = client.Ask(kGetHealth);
  ASSERT_TRUE(health);
  EXPECT_EQ(health->status, 200);
  EXPECT_EQ(Json(health)["model_loaded"], false);
  ExpectProblem(client.Ask(PredictRequest("x")), 503, ErrorCode::kNoModel);
}

TEST(Server, RefusesFormsItCannotUse) {
  RunningServer running;
  const auto with_length = [](std::string_view type, std::string_view body) {
    return Post(std::string(type) + "Content-Length: " + std::to_string(body.size()) + "\r\n",
                body);
  };
  const auto form = FormBody("x");
  for (const auto& request :
       {PredictRequest("x", "files"),                                // no part `file`
        Post(kFormType, ""),                                         // no body at all
        with_length("", form),                                       // no content type
        with_length("Content-Type: application/json\r\n", "{}"),     //
        with_length("Content-Type: multipart/form-data\r\n", form),  // no boundary
        with_length("Content-Type: multipart/form-data; boundary=other\r\n", form),
        with_length(kFormType, form.substr(0, form.size() - 6)),  // cut off
        with_length(kFormType, "--bound\r\nnonsense\r\n\r\n")}) {
    SCOPED_TRACE(request);
    TestClient client(running.port());
    ExpectProblem(client.Ask(request), 400, ErrorCode::kBadRequest);
  }
  TestClient client(running.port());
  const auto missing = Json(client.Ask(PredictRequest("x", "files")));
  EXPECT_NE(missing["detail"].get<std::string>().find("`file`"), std::string::npos);
}

TEST(Server, KnowsItsAddressesAndMethods) {
  RunningServer running;
  TestClient client(running.port());
  ExpectProblem(client.Ask(Get("/nowhere")), 404, ErrorCode::kNotFound);
  ExpectProblem(client.Ask(Get("/health/")), 404, ErrorCode::kNotFound);
  const auto wrong = client.Ask(Get("/predict"));
  ExpectProblem(wrong, 405, ErrorCode::kMethodNotAllowed);
  EXPECT_EQ(wrong->headers.at("allow"), "OPTIONS, POST");
  const auto unknown = client.Ask(Get("/health", "BREW"));
  ExpectProblem(unknown, 405, ErrorCode::kMethodNotAllowed);
  EXPECT_EQ(unknown->headers.at("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(Status(client.Ask(Get("http://any/health?a=b"))), 200);
  ExpectProblem(client.Ask(Get("health")), 400, ErrorCode::kBadRequest);
}

TEST(Server, AnswersHeadWithoutABody) {
  RunningServer running;
  TestClient client(running.port());
  client.Send(Get("/health", "HEAD"));
  const auto head = client.Read(false);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  const auto get = client.Ask(kGetHealth);
  ASSERT_TRUE(get);
  EXPECT_EQ(head->headers.at("content-length"), std::to_string(get->body.size()));
  client.Send(Get("/nowhere", "HEAD"));
  EXPECT_EQ(Status(client.Read(false)), 404);
  EXPECT_EQ(client.buffered(), 0U);
}

TEST(Server, AnswersOptions) {
  RunningServer running;
  TestClient client(running.port());
  const auto answer = client.Ask(Get("/predict", "OPTIONS"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 204);
  EXPECT_EQ(answer->headers.at("allow"), "OPTIONS, POST");
  EXPECT_FALSE(answer->headers.contains("content-length"));  // RFC 9110, 8.6
  EXPECT_EQ(Status(client.Ask(Get("*", "OPTIONS"))), 204);
  EXPECT_EQ(Status(client.Ask(Get("/nowhere", "OPTIONS"))), 404);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  RunningServer running;
  TestClient client(running.port());
  client.Send(std::string(kGetHealth) + PredictRequest("1") + PredictRequest("22") +
              Get("/nowhere") + std::string(kGetHealth));
  EXPECT_EQ(Status(client.Read()), 200);
  EXPECT_EQ(Json(client.Read())["bytes"], 1);
  EXPECT_EQ(Json(client.Read())["bytes"], 2);
  EXPECT_EQ(Status(client.Read()), 404);
  EXPECT_EQ(Json(client.Read())["status"], "ok");
}

TEST(Server, ClosesWhenTheClientAsksForIt) {
  RunningServer running;
  TestClient closing(running.port());
  const auto answer =
      closing.Ask("GET /health HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->headers.at("connection"), "close");
  EXPECT_TRUE(closing.IsClosedWithin(std::chrono::seconds(20)));
  TestClient old(running.port());
  EXPECT_EQ(Status(old.Ask("GET /health HTTP/1.0\r\n\r\n")), 200);
  EXPECT_TRUE(old.IsClosedWithin(std::chrono::seconds(20)));
}

TEST(Server, RefusesWhatIsNotHttp) {
  RunningServer running;
  for (const std::string_view request : {
           "nonsense\r\n\r\n",
           "GET /health\r\n\r\n",
           "GET /health HTTP/2.0\r\nHost: a\r\n\r\n",
           "GET  /health HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET /health HTTP/1.1\r\nHost a\r\n\r\n",
           "GET /health HTTP/1.1\r\n\r\n",
           "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
           "GET /health% HTTP/1.1\r\nHost: a\r\n\r\n",
           "POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
           "POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
           "POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
           ("POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
            "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
           ("POST /predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
            "Content-Length: 5\r\n\r\n0\r\n\r\n"),
           "POST /predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
           "POST /predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
           ("POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; "
            "boundary=b\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
       }) {
    SCOPED_TRACE(request);
    TestClient client(running.port());
    const auto answer = client.Ask(request);
    ExpectProblem(answer, 400, ErrorCode::kBadRequest);
    EXPECT_TRUE(client.IsClosedWithin(std::chrono::seconds(20)));
  }
}

TEST(Server, LogsRequestsWithoutWhatMayNameAPatient) {
  RunningServer running;
  TestClient client(running.port());
  client.Ask(PredictRequest("12345", "file", "Jane Doe.wav"));
  client.Ask(Get("/health?patient=Jane"));
  const auto answer = client.Ask(Get("/Jane"));
  const auto log = running.AwaitLog(3);
  ASSERT_EQ(log.size(), 3U);
  for (const auto& line : log) EXPECT_EQ(line.dump().find("Jane"), std::string::npos) << line;
  EXPECT_EQ(log[0]["method"], "POST");
  EXPECT_EQ(log[0]["route"], "/predict");
  EXPECT_EQ(log[0]["status"], 200);
  EXPECT_EQ(log[0]["bytes_in"], FormBody("12345", "file", "Jane Doe.wav").size());
  EXPECT_GT(log[0]["bytes_out"], 10);
  EXPECT_GE(log[0]["duration_ms"], 0);
  EXPECT_EQ(log[1]["route"], "/health");
  EXPECT_EQ(log[2]["route"], "");
  EXPECT_EQ(log[2]["status"], 404);
  EXPECT_EQ(log[2]["request_id"], answer->headers.at("x-request-id"));
}

TEST(Server, StopsOnASignal) {
  RunningServer running;
  TestClient client(running.port());
  ASSERT_TRUE(client.Ask(kGetHealth));
  std::raise(SIGTERM);
  EXPECT_TRUE(running.Join());
  EXPECT_TRUE(client.IsClosedWithin(std::chrono::seconds(20)));
}

TEST(Server, StopsBeforeItHasBegun) {
  ServerOptions options;
  options.keep_history = false;
  options.port = 0;
  auto server = Server::Create(options, std::make_unique<FakePredictor>());
  ASSERT_TRUE(server);
  (*server)->Stop();
  EXPECT_TRUE((*server)->Run());
}

TEST(Server, SaysWhyItCannotListen) {
  RunningServer running;
  ServerOptions options;
  options.keep_history = false;
  options.port = running.port();
  const auto taken = Server::Create(options, std::make_unique<FakePredictor>());
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kIo);
  EXPECT_NE(taken.error().message.find("--port"), std::string::npos);
  options.host = "203.0.113.1";  // a documentation address: never ours
  options.insecure = true;
  const auto elsewhere = Server::Create(options, std::make_unique<FakePredictor>());
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code, ErrorCode::kIo);
  options.insecure = false;
  const auto refused = Server::Create(options, std::make_unique<FakePredictor>());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace heartbeat::server
