// Bodies that come behind what a handler gave at once.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "server/test_client.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;

// Gives "1;", "2;" and so on.
class Numbers final : public BodySource {
 public:
  Numbers(int count, base::Result<std::string> end) : count_(count), end_(std::move(end)) {}
  [[nodiscard]] base::Result<std::string> Next() override {
    thread = std::this_thread::get_id();
    return given_ == count_ ? end_ : std::to_string(++given_) + ";";
  }
  std::atomic<std::thread::id> thread;

 private:
  int count_;
  int given_ = 0;
  base::Result<std::string> end_;
};

struct Plan {
  std::string body = "0;";
  int count = 3;
  base::Result<std::string> end = std::string();
  std::optional<std::uint64_t> rest_bytes;
};

constexpr std::string_view kAll = "0;1;2;3;";

class Rest : public testing::Test {
 protected:
  void Serve(const Plan& plan) {
    running_.emplace([](ServerOptions& options) { options.threads = 1; },
                     [this, plan](Host&) {
                       Route route;
                       route.method = "GET";
                       route.pattern = "/numbers";
                       route.runs_on = RunsOn::kWorkPool;
                       route.handler = [this, plan](Request&) -> base::Result<Response> {
                         Response response;
                         response.content_type = "text/plain";
                         response.body = plan.body;
                         source_ = std::make_shared<Numbers>(plan.count, plan.end);
                         response.rest = source_;
                         response.rest_bytes = plan.rest_bytes;
                         return response;
                       };
                       Router router;
                       router.Add(std::move(route));
                       return router;
                     });
    client_.emplace(running_->port());
  }

  std::shared_ptr<Numbers> source_;
  std::optional<RunningServer> running_;
  std::optional<TestClient> client_;
};

TEST_F(Rest, ComesInChunks) {
  Serve({});
  for (int i = 0; i < 3; ++i) {  // on one connection: each answer ends where it ends
    const auto answer = client_->Ask(PlainRequest("GET", "/numbers"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->headers.at("transfer-encoding"), "chunked");
    EXPECT_FALSE(answer->headers.contains("content-length"));
    EXPECT_EQ(answer->body, kAll);
  }
  EXPECT_EQ(running_->AwaitLog(3).at(2)["bytes_out"], kAll.size());
}

TEST_F(Rest, MayBeginWithNothing) {
  Serve({.body = "", .count = 1, .end = std::string(), .rest_bytes = {}});
  EXPECT_EQ(client_->Ask(PlainRequest("GET", "/numbers"))->body, "1;");
  Serve({.body = "", .count = 0, .end = std::string(), .rest_bytes = {}});
  EXPECT_EQ(client_->Ask(PlainRequest("GET", "/numbers"))->body, "");
}

TEST_F(Rest, ComesWithItsLengthWhereThatIsKnown) {
  Serve({.body = "0;", .count = 3, .end = std::string(), .rest_bytes = 6});
  for (int i = 0; i < 2; ++i) {
    const auto answer = client_->Ask(PlainRequest("GET", "/numbers"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->headers.at("content-length"), "8");
    EXPECT_EQ(answer->body, kAll);
  }
}

TEST_F(Rest, IsLeftOutForHead) {
  Serve({});
  client_->Send(PlainRequest("HEAD", "/numbers"));
  const auto answer = client_->Read(false);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(source_->thread.load(), std::thread::id());  // nothing was made for nobody
  EXPECT_EQ(client_->Ask(PlainRequest("GET", "/numbers"))->body, kAll);
}

TEST_F(Rest, EndsWithTheConnectionInHttp10) {
  Serve({});
  client_->Send("GET /numbers HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto all = client_->ReadToEnd();
  EXPECT_NE(all.find("Connection: close\r\n"), std::string::npos) << all;
  EXPECT_EQ(all.find("Transfer-Encoding"), std::string::npos);
  EXPECT_TRUE(all.ends_with("\r\n\r\n" + std::string(kAll))) << all;
}

TEST_F(Rest, IsCutOffWhereItFails) {
  Serve({.body = "0;", .count = 2, .end = base::Fail(ErrorCode::kIo, "secret"), .rest_bytes = {}});
  client_->Send(PlainRequest("GET", "/numbers"));
  const auto all = client_->ReadToEnd();
  EXPECT_TRUE(all.ends_with("2\r\n2;")) << all;  // and no last chunk
  EXPECT_EQ(all.find("secret"), std::string::npos);
}

TEST_F(Rest, IsCutOffWhereItsLengthWasAnother) {
  for (const std::uint64_t declared : {5, 7}) {
    Serve({.body = "0;", .count = 3, .end = std::string(), .rest_bytes = declared});
    client_->Send(PlainRequest("GET", "/numbers"));
    EXPECT_TRUE(client_->ReadToEnd().ends_with("0;1;2;3;"));
  }
}

TEST_F(Rest, KeepsNoThreadThatMovesBytesWaiting) {
  Gate gate;
  std::atomic<bool> in_rest = false;
  struct Waiting final : public BodySource {
    Waiting(Gate& gate, std::atomic<bool>& in_rest) : gate(gate), in_rest(in_rest) {}
    [[nodiscard]] base::Result<std::string> Next() override {
      if (in_rest.exchange(true)) return std::string();
      gate.Wait();
      return std::string("rest");
    }
    Gate& gate;
    std::atomic<bool>& in_rest;
  };
  RunningServer running([](ServerOptions& options) { options.threads = 1; },
                        [&](Host&) {
                          Route route;
                          route.method = "GET";
                          route.pattern = "/slow";
                          route.runs_on = RunsOn::kWorkPool;
                          route.handler = [&](Request&) -> base::Result<Response> {
                            Response response;
                            response.content_type = "text/plain";
                            response.rest = std::make_shared<Waiting>(gate, in_rest);
                            return response;
                          };
                          Route quick;
                          quick.method = "GET";
                          quick.pattern = "/quick";
                          quick.handler = [](Request&) -> base::Result<Response> {
                            return Response{};
                          };
                          Router router;
                          router.Add(std::move(route));
                          router.Add(std::move(quick));
                          return router;
                        });
  TestClient slow(running.port());
  slow.Send(PlainRequest("GET", "/slow"));
  ASSERT_TRUE(gate.AwaitWaiting(1));
  TestClient quick(running.port());  // the threads that move bytes are free meanwhile
  EXPECT_EQ(Status(quick.Ask(PlainRequest("GET", "/quick"))), 200);
  gate.Open();
  const auto answer = slow.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "rest");
}

}  // namespace
}  // namespace heartbeat::server
