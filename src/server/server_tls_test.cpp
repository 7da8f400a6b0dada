// The server over TLS: the same answers, and what only TLS can get wrong.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "server/test_certificate.h"
#include "server/test_client.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

using namespace std::string_literals;

using std::chrono::milliseconds;

constexpr milliseconds kLong{20'000};  // only a failing test waits as long
constexpr std::string_view kHttp = "\x08http/1.1";
constexpr std::string_view kHttp2 = "\x02h2";

class ServerTls : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { certificate_ = std::make_unique<TestCertificate>(); }
  static void TearDownTestSuite() { certificate_.reset(); }

  static void UseTls(ServerOptions& options) {
    options.tls_certificate = certificate_->certificate();
    options.tls_key = certificate_->key();
  }

  static inline std::unique_ptr<TestCertificate> certificate_;
};

TEST_F(ServerTls, AnswersRequestsAndKeepsTheConnection) {
  RunningServer running(UseTls);
  TestClient client(running.port(), TestTls{});
  EXPECT_EQ(Status(client.Ask(PlainRequest("GET", "/health"))), 200);
  const std::string content(3 << 20, 'x');
  EXPECT_EQ(Json(client.Ask(PredictRequest(content)))["bytes"], content.size());
  client.Send(PlainRequest("GET", "/health") + PredictRequest("22") +
              PlainRequest("GET", "/nowhere"));
  EXPECT_EQ(Status(client.Read()), 200);
  EXPECT_EQ(Json(client.Read())["bytes"], 2);
  EXPECT_EQ(Status(client.Read()), 404);
  const auto log = running.AwaitLog(5);
  EXPECT_EQ(log[0]["tls"], true);
  EXPECT_EQ(log[0]["scheme"], "https");
}

TEST_F(ServerTls, SpeaksBothVersionsWithGoodCiphersOnly) {
  RunningServer running(UseTls);
  TestClient old(running.port(),
                 TestTls{.max_version = TLS1_2_VERSION, .alpn = {}, .tls12_ciphers = {}});
  EXPECT_EQ(Status(old.Ask(PlainRequest("GET", "/health"))), 200);
  const TestTls too_old{
      .max_version = TLS1_1_VERSION, .alpn = {}, .tls12_ciphers = "ALL:@SECLEVEL=0"};
  EXPECT_THROW(TestClient(running.port(), too_old), std::runtime_error);
  // Without forward secrecy, and without authenticated encryption.
  for (const auto* ciphers : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256"}) {
    const TestTls weak{.max_version = TLS1_2_VERSION, .alpn = {}, .tls12_ciphers = ciphers};
    EXPECT_THROW(TestClient(running.port(), weak), std::runtime_error) << ciphers;
  }
}

TEST_F(ServerTls, AgreesOnHttp11) {
  RunningServer running(UseTls);
  const std::string both = std::string(kHttp2) + std::string(kHttp);
  TestClient client(running.port(), TestTls{.max_version = 0, .alpn = both, .tls12_ciphers = {}});
  EXPECT_EQ(client.AgreedProtocol(), "http/1.1");
  EXPECT_EQ(Status(client.Ask(PlainRequest("GET", "/health"))), 200);
  const TestTls other{.max_version = 0, .alpn = std::string(kHttp2), .tls12_ciphers = {}};
  EXPECT_THROW(TestClient(running.port(), other), std::runtime_error);
}

TEST_F(ServerTls, EndsInGoodOrder) {
  RunningServer running([](ServerOptions& options) {
    UseTls(options);
    options.idle_timeout = milliseconds(100);
  });
  TestClient closing(running.port(), TestTls{});
  const auto answer = closing.Ask(PlainRequest("GET", "/health", "Connection: close\r\n"));
  EXPECT_EQ(Status(answer), 200);
  EXPECT_TRUE(closing.EndsTls());
  TestClient idle(running.port(), TestTls{});
  EXPECT_EQ(Status(idle.Ask(PlainRequest("GET", "/health"))), 200);
  EXPECT_TRUE(idle.EndsTls());
}

TEST_F(ServerTls, TellsAClientThatKeepsSending) {
  RunningServer running([](ServerOptions& options) {
    UseTls(options);
    options.max_file_bytes = 1'000;
  });
  TestClient client(running.port(), TestTls{});
  client.Send(PlainRequest("POST", "/predict",
                           "Content-Type: multipart/form-data; boundary=b\r\n"
                           "Content-Length: 67108864\r\n"));
  // More than the sockets' buffers hold: it goes through only because the server reads on.
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 16; ++i) ASSERT_TRUE(client.Send(piece)) << i;
  EXPECT_EQ(Status(client.Read()), 413);
}

TEST_F(ServerTls, TellsWhoSpeaksPlainHttp) {
  RunningServer running(UseTls);
  for (const std::string_view method : {"GET", "OPTIONS", "BREW"}) {
    TestClient client(running.port());
    const auto answer = client.Ask(PlainRequest(method, "/health"));
    EXPECT_EQ(Status(answer), 400);
    EXPECT_EQ(Json(answer)["type"], "/problems/bad-request");
    EXPECT_NE(Json(answer)["detail"].get<std::string>().find("https://"), std::string::npos);
    EXPECT_TRUE(client.IsClosedWithin(kLong));
  }
}

TEST_F(ServerTls, ClosesOnNonsenseInAHandshake) {
  RunningServer running(UseTls);
  TestClient client(running.port());
  client.Send("\x16\x03\x01\x00\x05hello"s + std::string(1'000, 'x'));
  for (int i = 0; i < 100 && !client.HasAnswer(); ++i) {
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_FALSE(client.Read());  // an alert at most, and the end
  TestClient next(running.port(), TestTls{});
  EXPECT_EQ(Status(next.Ask(PlainRequest("GET", "/health"))), 200);
}

TEST_F(ServerTls, GivesAHandshakeADeadline) {
  RunningServer running([](ServerOptions& options) {
    UseTls(options);
    options.header_timeout = milliseconds(200);
  });
  TestClient silent(running.port());
  TestClient slow(running.port());
  slow.Send("\x16\x03");
  EXPECT_TRUE(silent.IsClosedWithin(kLong));
  EXPECT_TRUE(slow.IsClosedWithin(kLong));
  // And the header within it another one.
  TestClient slow_header(running.port(), TestTls{});
  slow_header.Send("GET /health HT");
  EXPECT_EQ(Status(slow_header.Read()), 408);
}

TEST_F(ServerTls, BoundsTheConnections) {
  RunningServer running([](ServerOptions& options) {
    UseTls(options);
    options.max_connections = 1;
  });
  TestClient first(running.port(), TestTls{});
  ASSERT_EQ(Status(first.Ask(PlainRequest("GET", "/health"))), 200);
  TestClient second(running.port(), TestTls{});
  EXPECT_EQ(Status(second.Read()), 503);
}

TEST_F(ServerTls, IsNotDisturbedByClientsThatVanish) {
  RunningServer running(UseTls);
  TestClient before(running.port());
  before.Vanish();
  TestClient during_handshake(running.port());
  during_handshake.Send("\x16\x03\x01");
  during_handshake.Vanish();
  TestClient during_header(running.port(), TestTls{});
  during_header.Send("GET /he");
  during_header.Vanish();
  TestClient client(running.port(), TestTls{});
  EXPECT_EQ(Status(client.Ask(PlainRequest("GET", "/health"))), 200);
}

TEST_F(ServerTls, DrainsBeforeItStops) {
  Gate gate;
  RunningServer running(UseTls);
  running.predictor().predict = [&gate](auto, auto) {
    gate.Wait();
    return nlohmann::json{{"bytes", 1}};
  };
  TestClient idle(running.port(), TestTls{});
  ASSERT_EQ(Status(idle.Ask(PlainRequest("GET", "/health"))), 200);
  TestClient shaking(running.port());
  TestClient working(running.port(), TestTls{});
  working.Send(PredictRequest("1"));
  ASSERT_TRUE(gate.AwaitWaiting(1));
  running.server().Stop();
  EXPECT_TRUE(idle.EndsTls());
  gate.Open();
  EXPECT_EQ(Status(working.Read()), 200);
  EXPECT_TRUE(working.EndsTls());
  working.Vanish();
  shaking.Vanish();
  EXPECT_TRUE(running.Join());
}

TEST_F(ServerTls, RefusesHalfOfWhatItNeeds) {
  ServerOptions options;
  options.keep_history = false;
  options.port = 0;
  options.tls_certificate = certificate_->certificate();
  const auto half = Server::Create(options, std::make_unique<FakePredictor>());
  ASSERT_FALSE(half);
  EXPECT_NE(half.error().message.find("--tls-key"), std::string::npos);
  options.tls_key = "/nowhere/server.key";
  const auto missing = Server::Create(options, std::make_unique<FakePredictor>());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, base::ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace heartbeat::server
