// The server over real sockets: sizes, deadlines, overload and clients that vanish.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "server/test_certificate.h"
#include "server/test_client.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kGetHealth = "GET /health HTTP/1.1\r\nHost: test\r\n\r\n";
constexpr std::string_view kPostHead =
    "POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; boundary=bound\r\n";
constexpr milliseconds kLong{20'000};  // only a failing test waits as long

TEST(ServerLimits, RefusesALargeBodyFromItsHeader) {
  RunningServer running;
  TestClient client(running.port());
  // The body is never sent: an answer means that none was waited for.
  const auto answer = client.Ask(std::string(kPostHead) +
                                 "Content-Length: " + std::to_string(40 << 20) + "\r\n\r\n");
  EXPECT_EQ(Status(answer), 413);
  EXPECT_EQ(Json(answer)["type"], "/problems/body-too-large");
  EXPECT_EQ(answer->headers.at("connection"), "close");
  EXPECT_EQ(running.AwaitLog(1)[0]["bytes_in"], 0);
}

TEST(ServerLimits, RefusesALargeFileWhileItArrives) {
  RunningServer running([](ServerOptions& options) { options.max_file_bytes = 100'000; });
  TestClient client(running.port());
  EXPECT_EQ(Status(client.Ask(PredictRequest(std::string(100'000, 'x')))), 200);
  EXPECT_EQ(Status(client.Ask(PredictRequest(std::string(100'001, 'x')))), 413);
}

TEST(ServerLimits, CountsAChunkedBody) {
  RunningServer running([](ServerOptions& options) {
    options.max_file_bytes = 100'000;
    options.max_request_bytes = 200'000;
  });
  TestClient client(running.port());
  // One chunk that says it is endless, in a part that nobody wants.
  client.Send(std::string(kPostHead) + "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n--bound");
  const std::string piece(10'000, ' ');
  for (int i = 0; i < 30 && client.Send(piece); ++i) {
  }
  const auto answer = client.Read();
  EXPECT_TRUE(Status(answer) == 413 || Status(answer) == 400) << Status(answer);
  TestClient preamble(running.port());
  preamble.Send(std::string(kPostHead) + "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n");
  for (int i = 0; i < 30 && preamble.Send(piece); ++i) {
  }
  EXPECT_EQ(Status(preamble.Read()), 413);
}

TEST(ServerLimits, TellsAClientThatKeepsSending) {
  RunningServer running([](ServerOptions& options) { options.max_file_bytes = 1'000; });
  TestClient client(running.port());
  const std::size_t length = 64 << 20;
  client.Send(std::string(kPostHead) + "Content-Length: " + std::to_string(length) + "\r\n\r\n");
  // More than the sockets' buffers hold: it goes through only because the server reads on.
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 16; ++i) ASSERT_TRUE(client.Send(piece)) << i;
  EXPECT_EQ(Status(client.Read()), 413);
}

TEST(ServerLimits, BoundsTheHeader) {
  RunningServer running([](ServerOptions& options) { options.max_header_bytes = 1'000; });
  TestClient client(running.port());
  const auto answer = client.Ask(
      "GET /health HTTP/1.1\r\nHost: test\r\nX: " + std::string(2'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(Status(answer), 431);
  EXPECT_EQ(Json(answer)["type"], "/problems/header-too-large");
}

TEST(ServerLimits, SpoolsALargeFile) {
  std::string folder = (std::filesystem::temp_directory_path() / "server-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::string content(5 << 20, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + i / 256);
  bool same = false;
  bool no_name = false;
  RunningServer running([&folder](ServerOptions& options) { options.spool_folder = folder; });
  running.predictor().predict = [&](std::span<const std::byte> bytes, auto) {
    same = std::ranges::equal(bytes, std::as_bytes(std::span(content)));
    no_name = std::filesystem::is_empty(folder);
    return nlohmann::json{{"bytes", bytes.size()}};
  };
  TestClient client(running.port());
  EXPECT_EQ(Json(client.Ask(PredictRequest(content)))["bytes"], content.size());
  EXPECT_TRUE(same);
  EXPECT_TRUE(no_name);
  // Where there is no room for it, that is our failure and tells nothing of our folders.
  std::filesystem::remove_all(folder);
  const auto failed = client.Ask(PredictRequest(content));
  EXPECT_EQ(Status(failed), 500);
  EXPECT_EQ(failed->body.find(folder), std::string::npos);
}

TEST(ServerLimits, GivesAHeaderADeadline) {
  RunningServer running([](ServerOptions& options) { options.header_timeout = milliseconds(200); });
  TestClient silent(running.port());
  TestClient slow(running.port());
  slow.Send("GET /health HT");
  const auto answer = slow.Read();
  EXPECT_EQ(Status(answer), 408);
  EXPECT_EQ(Json(answer)["type"], "/problems/request-timeout");
  EXPECT_TRUE(slow.IsClosedWithin(kLong));
  EXPECT_TRUE(silent.IsClosedWithin(kLong));
}

TEST(ServerLimits, GivesATricklingHeaderNoMoreTime) {
  RunningServer running([](ServerOptions& options) { options.header_timeout = milliseconds(300); });
  TestClient client(running.port());
  const auto start = std::chrono::steady_clock::now();
  client.Send("GET /health HTTP/1.1\r\nX: ");
  // Were each byte to buy more time, no answer would come while they do.
  while (!client.HasAnswer() && std::chrono::steady_clock::now() - start < kLong) {
    client.Send("x");
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, kLong);
  EXPECT_EQ(Status(client.Read()), 408);
}

TEST(ServerLimits, GivesABodyADeadline) {
  RunningServer running([](ServerOptions& options) { options.body_timeout = milliseconds(200); });
  TestClient client(running.port());
  const auto answer =
      client.Ask(std::string(kPostHead) + "Content-Length: 1000\r\n\r\n--bound\r\n");
  EXPECT_EQ(Status(answer), 408);
  EXPECT_TRUE(client.IsClosedWithin(kLong));
}

TEST(ServerLimits, ClosesAnIdleConnectionWithoutAWord) {
  RunningServer running([](ServerOptions& options) { options.idle_timeout = milliseconds(200); });
  TestClient client(running.port());
  EXPECT_EQ(Status(client.Ask(kGetHealth)), 200);
  EXPECT_TRUE(client.IsClosedWithin(kLong));
}

TEST(ServerLimits, GivesAnAnswerADeadline) {
  Gate gate;
  RunningServer running([](ServerOptions& options) { options.answer_timeout = milliseconds(200); });
  running.predictor().predict = [&gate](auto, auto) {
    gate.Wait();
    return nlohmann::json{};
  };
  TestClient client(running.port());
  const auto answer = client.Ask(PredictRequest("x"));
  EXPECT_EQ(Status(answer), 503);
  EXPECT_TRUE(answer->headers.contains("retry-after"));
  EXPECT_EQ(Status(client.Ask(kGetHealth)), 200);
  gate.Open();
}

TEST(ServerLimits, GivesAClientThatDoesNotReadADeadline) {
  const TestCertificate certificate;
  for (const bool is_tls : {false, true}) {
    SCOPED_TRACE(is_tls);
    RunningServer running(
        [&](ServerOptions& options) {
          options.write_timeout = milliseconds(200);
          if (!is_tls) return;
          options.tls_certificate = certificate.certificate();
          options.tls_key = certificate.key();
        },
        [](Host&) {
          Router router;
          Route route;
          route.method = "GET";
          route.pattern = "/large";
          route.handler = [](Request&) {
            return Response{.status = 200,
                            .content_type = "text/plain",
                            .body = std::string(64 << 20, 'x'),  // more than sockets hold
                            .headers = {}};
          };
          router.Add(route);
          return router;
        });
    auto client = is_tls ? std::make_unique<TestClient>(running.port(), TestTls{})
                         : std::make_unique<TestClient>(running.port());
    client->Send(PlainRequest("GET", "/large"));
    // The log has its line as soon as the server has given up.
    EXPECT_EQ(running.AwaitLog(1).size(), 1U);
    EXPECT_FALSE(client->Read());
  }
}

TEST(ServerLimits, RefusesWorkThatDoesNotFit) {
  Gate gate;
  RunningServer running([](ServerOptions& options) {
    options.threads = 1;
    options.max_queue = 1;
  });
  running.predictor().predict = [&gate](auto, auto) {
    gate.Wait();
    return nlohmann::json{{"bytes", 1}};
  };
  TestClient computing(running.port());
  computing.Send(PredictRequest("1"));
  ASSERT_TRUE(gate.AwaitWaiting(1));
  // The thread is busy: of these three, one may wait and two are refused at once.
  TestClient first(running.port());
  TestClient second(running.port());
  TestClient third(running.port());
  for (const auto* client : {&first, &second, &third}) {
    client->Send(PredictRequest("2"));
    // What does not compute is not held up.
    TestClient health(running.port());
    EXPECT_EQ(Status(health.Ask(kGetHealth)), 200);
  }
  // The refusals come while the gate is shut.
  const auto log = running.AwaitLog(5);
  EXPECT_EQ(std::ranges::count_if(log, [](const auto& line) { return line["status"] == 429; }), 2);
  gate.Open();
  int answered = 0;
  for (auto* client : {&first, &second, &third}) {
    const auto answer = client->Read();
    if (Status(answer) == 200) {
      ++answered;
      continue;
    }
    EXPECT_EQ(Status(answer), 429);
    EXPECT_EQ(answer->headers.at("retry-after"), "1");
    EXPECT_EQ(Json(answer)["type"], "/problems/queue-full");
  }
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(Status(computing.Read()), 200);
}

TEST(ServerLimits, BoundsTheConnections) {
  RunningServer running([](ServerOptions& options) { options.max_connections = 2; });
  TestClient first(running.port());
  auto second = std::make_unique<TestClient>(running.port());
  ASSERT_EQ(Status(first.Ask(kGetHealth)), 200);
  ASSERT_EQ(Status(second->Ask(kGetHealth)), 200);
  {
    TestClient third(running.port());
    const auto answer = third.Ask(kGetHealth);
    EXPECT_EQ(Status(answer), 503);
    EXPECT_EQ(Json(answer)["type"], "/problems/overloaded");
    EXPECT_TRUE(answer->headers.contains("retry-after"));
    EXPECT_TRUE(third.IsClosedWithin(kLong));
  }
  EXPECT_EQ(Status(first.Ask(kGetHealth)), 200);
  second.reset();
  // The place is free as soon as the server has noticed.
  int status = 0;
  for (int attempt = 0; attempt < 200 && status != 200; ++attempt) {
    TestClient next(running.port());
    status = Status(next.Ask(kGetHealth));
    if (status != 200) std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_EQ(status, 200);
}

TEST(ServerLimits, IsNotDisturbedByClientsThatVanish) {
  Gate gate;
  RunningServer running([](ServerOptions& options) { options.threads = 1; });
  running.predictor().predict = [&gate](std::span<const std::byte> bytes, auto) {
    if (bytes.size() == 1) gate.Wait();
    return nlohmann::json{{"bytes", bytes.size()}};
  };
  TestClient during_header(running.port());
  during_header.Send("POST /pre");
  during_header.Vanish();
  TestClient during_body(running.port());
  during_body.Send(std::string(kPostHead) + "Content-Length: 100000\r\n\r\n--bound\r\n");
  during_body.Vanish();
  TestClient half(running.port());
  half.Send(std::string(kPostHead) + "Content-Length: 100000\r\n\r\n--bound\r\n");
  half.ShutdownSend();
  EXPECT_FALSE(half.Read());
  TestClient during_work(running.port());
  during_work.Send(PredictRequest("1"));
  ASSERT_TRUE(gate.AwaitWaiting(1));
  during_work.Vanish();
  gate.Open();
  TestClient client(running.port());
  EXPECT_EQ(Json(client.Ask(PredictRequest("22")))["bytes"], 2);
}

TEST(ServerLimits, AnswersAClientThatHasSentItsLastByte) {
  RunningServer running;
  TestClient client(running.port());
  client.Send(PredictRequest("1234"));
  client.ShutdownSend();
  EXPECT_EQ(Json(client.Read())["bytes"], 4);
}

TEST(ServerLimits, DrainsBeforeItStops) {
  Gate gate;
  RunningServer running;
  running.predictor().predict = [&gate](auto, auto) {
    gate.Wait();
    return nlohmann::json{{"bytes", 1}};
  };
  TestClient idle(running.port());
  ASSERT_EQ(Status(idle.Ask(kGetHealth)), 200);
  TestClient working(running.port());
  working.Send(PredictRequest("1"));
  ASSERT_TRUE(gate.AwaitWaiting(1));
  running.server().Stop();
  EXPECT_TRUE(idle.IsClosedWithin(kLong));
  EXPECT_THROW(TestClient(running.port()), std::runtime_error);
  gate.Open();
  const auto answer = working.Read();
  EXPECT_EQ(Status(answer), 200);
  EXPECT_EQ(answer->headers.at("connection"), "close");
  EXPECT_TRUE(working.IsClosedWithin(kLong));
  working.Vanish();
  EXPECT_TRUE(running.Join());
}

TEST(ServerLimits, StopsWaitingAtTheEndOfTheDrainTime) {
  RunningServer running([](ServerOptions& options) { options.drain_timeout = milliseconds(200); });
  TestClient client(running.port());
  client.Send("GET /health HTT");
  const auto start = std::chrono::steady_clock::now();
  // Until the server has read these bytes, it counts the connection as idle.
  std::this_thread::sleep_for(milliseconds(100));
  running.server().Stop();
  EXPECT_TRUE(running.Join());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(8));
  EXPECT_TRUE(client.IsClosedWithin(kLong));
}

}  // namespace
}  // namespace heartbeat::server
