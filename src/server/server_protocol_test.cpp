// HTTP/1.1 over real sockets, as RFC 9110 and 9112 have it: what is allowed works, what can be read
// in two ways is refused and ends the connection.

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "server/test_client.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

using namespace std::string_literals;

constexpr std::chrono::milliseconds kLong{20'000};  // only a failing test waits as long

std::string Get(std::string_view target) { return PlainRequest("GET", target); }

// To /predict, with any header lines (each ended by CR LF) and body.
std::string Post(std::string_view headers, std::string_view body) {
  return PlainRequest("POST", "/predict", headers) + std::string(body);
}

constexpr std::string_view kFormType = "Content-Type: multipart/form-data; boundary=bound\r\n";

// The request is refused as malformed, and nothing that stands behind it is taken for another.
// How many a test sends is in its results, for docs/robustness.md.
void ExpectRefused(std::string_view request) {
  SCOPED_TRACE(request);
  static std::map<std::string, int> sent;
  const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
  testing::Test::RecordProperty("requests", ++sent[test]);
  RunningServer running;
  TestClient client(running.port());
  client.Send(std::string(request) + Get("/health"));
  const auto answer = client.Read();
  ASSERT_EQ(Status(answer), 400);
  EXPECT_EQ(Json(answer)["type"], "/problems/bad-request");
  EXPECT_EQ(answer->headers.at("connection"), "close");
  EXPECT_TRUE(client.IsClosedWithin(kLong));
}

TEST(ServerProtocol, AnswersFiftyPipelinedRequestsInOrder) {
  RunningServer running;
  TestClient client(running.port());
  std::string requests;
  for (int i = 0; i < 10; ++i) {
    requests += Get("/health") + PredictRequest(std::string(static_cast<std::size_t>(i) + 1, 'x')) +
                PlainRequest("HEAD", "/health") + Get("/nowhere") +
                PlainRequest("OPTIONS", "/predict");
  }
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 10; ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(Json(client.Read())["status"], "ok");
    EXPECT_EQ(Json(client.Read())["bytes"], i + 1);
    EXPECT_EQ(Status(client.Read(false)), 200);
    EXPECT_EQ(Status(client.Read()), 404);
    EXPECT_EQ(Status(client.Read()), 204);
  }
  EXPECT_EQ(client.buffered(), 0U);
}

TEST(ServerProtocol, AnswersPipelinedRequestsHoweverTheyAreCut) {
  RunningServer running;
  TestClient client(running.port());
  const auto body = FormBody("abcd");
  std::string chunks;
  for (std::size_t i = 0; i < body.size(); i += 10) {
    const auto piece = body.substr(i, 10);
    chunks += (piece.size() == 10 ? "a" : std::to_string(piece.size())) + "\r\n" + piece + "\r\n";
  }
  const std::string requests =
      Get("/health") + PredictRequest("12") +
      Post(std::string(kFormType) + "Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n") +
      PlainRequest("HEAD", "/nowhere");
  for (const char c : requests) ASSERT_TRUE(client.Send({&c, 1}));
  EXPECT_EQ(Json(client.Read())["status"], "ok");
  EXPECT_EQ(Json(client.Read())["bytes"], 2);
  EXPECT_EQ(Json(client.Read())["bytes"], 4);
  EXPECT_EQ(Status(client.Read(false)), 404);
}

TEST(ServerProtocol, PassesOverEmptyLinesBetweenRequests) {
  RunningServer running(
      [](ServerOptions& options) { options.idle_timeout = std::chrono::milliseconds(300); });
  TestClient client(running.port());
  client.Send("\r\n" + PredictRequest("1") + "\r\n\r\n" + Get("/health") + "\r\n");
  EXPECT_EQ(Json(client.Read())["bytes"], 1);
  EXPECT_EQ(Status(client.Read()), 200);
  // The line end behind the last one begins no request that would be missed.
  EXPECT_TRUE(client.IsClosedWithin(kLong));
}

TEST(ServerProtocol, KeepsAnOldConnectionWhereAsked) {
  RunningServer running;
  TestClient client(running.port());
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.Ask("GET /health HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->headers.at("connection"), "keep-alive");
  }
}

TEST(ServerProtocol, DropsABodyThatNobodyAskedFor) {
  RunningServer running;
  TestClient client(running.port());
  client.Send(PlainRequest("GET", "/health", "Content-Length: 5\r\n") + "12345" +
              PlainRequest("OPTIONS", "*", "Transfer-Encoding: chunked\r\n") +
              "2\r\nab\r\n0\r\n\r\n" + Get("/nowhere"));
  EXPECT_EQ(Status(client.Read()), 200);
  EXPECT_EQ(Status(client.Read()), 204);
  EXPECT_EQ(Status(client.Read()), 404);
}

TEST(ServerProtocol, SaysContinueOnlyWhereTheClientWaits) {
  RunningServer running;
  TestClient client(running.port());
  const auto body = FormBody("123");
  const auto headers = std::string(kFormType) +
                       "Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) +
                       "\r\n";
  // The body comes with the header: there is nothing to wait for.
  EXPECT_EQ(Json(client.Ask(Post(headers, body)))["bytes"], 3);
  // A refusal comes instead of it, and nothing of the body is taken for another request.
  client.Send(PlainRequest("POST", "/nowhere", headers));
  EXPECT_EQ(Status(client.Read()), 404);
  EXPECT_TRUE(client.IsClosedWithin(kLong));
}

TEST(ServerProtocol, AnswersEveryFormOfTarget) {
  RunningServer running;
  TestClient client(running.port());
  EXPECT_EQ(Status(client.Ask(Get("http://any.example:80/health"))), 200);
  EXPECT_EQ(Status(client.Ask(Get("https://any/health?a"))), 200);
  EXPECT_EQ(Status(client.Ask(Get("/%68ealth"))), 200);
  EXPECT_EQ(Status(client.Ask(Get("http://any"))), 200);  // the dashboard
  EXPECT_EQ(Status(client.Ask(Get("http://any/nowhere"))), 404);
  EXPECT_EQ(Status(client.Ask(PlainRequest("OPTIONS", "http://any/predict"))), 204);
}

TEST(ServerProtocol, RefusesAConflictOfLengths) {
  ExpectRefused(Post("Content-Length: 5\r\nContent-Length: 6\r\n", "12345"));
  ExpectRefused(Post("Content-Length: 5\r\nContent-Length: 5\r\n", "12345"));
  ExpectRefused(Post("Content-Length: 5, 5\r\n", "12345"));
}

TEST(ServerProtocol, RefusesALengthThatIsNoNumber) {
  for (const std::string_view length :
       {"x", "-1", "+5", "5 5", "0x5", "5.0", "", "5;a", "18446744073709551616"}) {
    ExpectRefused(Post("Content-Length: " + std::string(length) + "\r\n", "12345"));
  }
}

TEST(ServerProtocol, RefusesLengthTogetherWithChunks) {
  ExpectRefused(Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
  ExpectRefused(Post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"));
}

TEST(ServerProtocol, RefusesEncodingsButChunked) {
  for (const std::string_view encoding :
       {"gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", "xchunked", ""}) {
    ExpectRefused(Post("Transfer-Encoding: " + std::string(encoding) + "\r\n", "0\r\n\r\n"));
  }
  ExpectRefused(Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
  ExpectRefused("POST /predict HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

TEST(ServerProtocol, RefusesChunksWithoutGoodSizes) {
  for (const std::string_view chunks :
       {"zz\r\nab\r\n0\r\n\r\n", "\r\n0\r\n\r\n", "-1\r\n", "0x2\r\nab\r\n0\r\n\r\n",
        "11111111111111111\r\n", "2\r\nabc\r\n0\r\n\r\n", "2\nab\n0\n\n"}) {
    ExpectRefused(Post(std::string(kFormType) + "Transfer-Encoding: chunked\r\n", chunks));
  }
}

TEST(ServerProtocol, RefusesAChunkLineWithoutAnEnd) {
  ExpectRefused(Post(std::string(kFormType) + "Transfer-Encoding: chunked\r\n",
                     "1;" + std::string(100'000, 'x')));
}

TEST(ServerProtocol, RefusesChunkExtensionsThatCanBeReadInTwoWays) {
  // What one ends at the line feed, another takes for a name, and finds the size behind it.
  for (const std::string_view chunks :
       {"2;\nab\r\n0\r\n\r\n", "2;a\nab\r\n0\r\n\r\n", "2;a=b\nab\r\n0\r\n\r\n",
        "2;a=\"\r\n\"\r\nab\r\n0\r\n\r\n", "2;a\rb\r\nab\r\n0\r\n\r\n", "2 ;\r\nab\r\n0\r\n\r\n",
        "2;=b\r\nab\r\n0\r\n\r\n"}) {
    ExpectRefused(Post(std::string(kFormType) + "Transfer-Encoding: chunked\r\n", chunks));
  }
}

TEST(ServerProtocol, RefusesTrailersThatAreMalformed) {
  for (const std::string_view trailers : {"no colon\r\n\r\n", "X : y\r\n\r\n", "X: y\n\r\n",
                                          " X: y\r\n\r\n", "X: a\x01b\r\n\r\n", ": y\r\n\r\n"}) {
    ExpectRefused(Post(std::string(kFormType) + "Transfer-Encoding: chunked\r\n",
                       "0\r\n" + std::string(trailers)));
  }
}

TEST(ServerProtocol, RefusesAFoldedField) {
  ExpectRefused(Post("X: y\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n"));
  ExpectRefused(Post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"));
  ExpectRefused(Post("Content-Length:\r\n\t5\r\n", "12345"));
  ExpectRefused(Get("/health").insert(Get("/health").size() - 2, " folded\r\n"));
}

// What an old client's request has no end for, and what stands behind a refusal, is no request.
TEST(ServerProtocol, EndsAnOldConnectionThatDoesNotAskToStay) {
  RunningServer running;
  TestClient client(running.port());
  client.Send("GET /health HTTP/1.0\r\n\r\n" + Get("/nowhere"));
  const auto answer = client.Read();
  EXPECT_EQ(Status(answer), 200);
  EXPECT_EQ(answer->headers.at("connection"), "close");
  EXPECT_TRUE(client.IsClosedWithin(kLong));
  EXPECT_EQ(client.buffered(), 0U);
  EXPECT_EQ(running.AwaitLog(1).size(), 1U);
}

TEST(ServerProtocol, RefusesABlankBeforeAColon) {
  ExpectRefused("GET /health HTTP/1.1\r\nHost : a\r\n\r\n");
  ExpectRefused(Post("Content-Length : 5\r\n", "12345"));
}

TEST(ServerProtocol, RefusesAHostThatIsMissingRepeatedOrNone) {
  ExpectRefused("GET /health HTTP/1.1\r\n\r\n");
  ExpectRefused("GET /health HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
  for (const std::string_view host : {"a b", "a/b", "user@a", "a:b", "[::1"}) {
    ExpectRefused("GET /health HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
  }
}

TEST(ServerProtocol, RefusesTargetsItCannotRead) {
  for (const std::string_view target :
       {"health", "a:80", "http://", "http:///health", "http://user@a/health", "ftp://a/health",
        "/health#x", "/health%", "/health%2", "*"}) {
    ExpectRefused(Get(target));
  }
  ExpectRefused(PlainRequest("CONNECT", "a:80"));
}

TEST(ServerProtocol, RefusesControlCharacters) {
  ExpectRefused("GET /health HTTP/1.1\nHost: a\n\n");
  ExpectRefused("GET /health HTTP/1.1\r\nHost: a\nX: b\r\n\r\n");
  ExpectRefused("GET /health HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n");
  ExpectRefused("GET /health HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n"s);
  ExpectRefused("GET /hea\0lth HTTP/1.1\r\nHost: a\r\n\r\n"s);
  ExpectRefused("GET /health\tHTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST(ServerProtocol, RefusesOtherVersions) {
  ExpectRefused("GET /health HTTP/1.2\r\nHost: a\r\n\r\n");
  ExpectRefused("GET /health HTTP/0.9\r\nHost: a\r\n\r\n");
  ExpectRefused("GET /health\r\n\r\n");
  ExpectRefused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
}

// Many small fields, each in a packet of its own: the limit holds for all of them together.
TEST(ServerProtocol, BoundsAHeaderThatComesInPieces) {
  RunningServer running([](ServerOptions& options) { options.max_header_bytes = 2'000; });
  TestClient client(running.port());
  client.Send("GET /health HTTP/1.1\r\nHost: a\r\n");
  for (int i = 0; i < 5'000 && !client.HasAnswer(); ++i) {
    if (!client.Send("X: 0123456789\r\n")) break;
    if (i % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(Status(client.Read()), 431);
}

}  // namespace
}  // namespace heartbeat::server
