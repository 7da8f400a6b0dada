// Bodies that go on as things happen.

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "server/event_hub.h"
#include "server/test_client.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Live : public testing::Test {
 protected:
  Live() { Start(); }

  // One thread of each kind: whoever waited on it would keep all others waiting.
  void Start(const std::function<void(ServerOptions&)>& adjust = {}) {
    running_.reset();
    hub_.emplace();
    running_.emplace(
        [&](ServerOptions& options) {
          options.threads = 1;
          options.io_threads = 1;
          if (adjust) adjust(options);
        },
        [this](Host& host) {
          Route live;
          live.method = "GET";
          live.pattern = "/live";
          live.handler = [this](Request&) -> base::Result<Response> {
            Response response;
            response.content_type = "text/event-stream";
            response.body = "begin\n";
            response.live = hub_->Listen().listener;
            return response;
          };
          Route load;
          load.method = "GET";
          load.pattern = "/load";
          load.runs_on = RunsOn::kWorkPool;
          load.handler = [&host](Request&) -> base::Result<Response> {
            Response response;
            response.content_type = "text/plain";
            response.body = std::to_string(host.Load().requests_in_flight);
            return response;
          };
          host.OnStop([this] { hub_->Close(); });
          Router router;
          router.Add(std::move(live));
          router.Add(std::move(load));
          return router;
        });
  }

  std::unique_ptr<TestClient> Listen() {
    auto client = std::make_unique<TestClient>(running_->port());
    client->Send(PlainRequest("GET", "/live"));
    EXPECT_NE(client->ReadUntil("begin\n").find("Transfer-Encoding: chunked\r\n"),
              std::string::npos);
    return client;
  }

  bool AwaitListeners(std::size_t count) const {
    for (int attempt = 0; attempt < 2000 && hub_->listeners() != count; ++attempt) {
      std::this_thread::sleep_for(milliseconds(10));
    }
    return hub_->listeners() == count;
  }

  std::optional<EventHub> hub_;
  std::optional<RunningServer> running_;
};

TEST_F(Live, SendsWhatHappensWhenItHappensAndOutlivesEveryDeadline) {
  Start([](ServerOptions& options) {
    options.answer_timeout = milliseconds(100);
    options.idle_timeout = milliseconds(100);
    options.write_timeout = milliseconds(200);
  });
  const auto client = Listen();
  std::this_thread::sleep_for(milliseconds(400));
  EXPECT_FALSE(client->IsClosedWithin(milliseconds(1)));
  hub_->Publish("label", "", "1");
  EXPECT_NE(client->ReadUntil("data: 1\n\n").find("event: label\n"), std::string::npos);
  std::this_thread::sleep_for(milliseconds(400));
  hub_->Publish("label", "", "2");
  EXPECT_NE(client->ReadUntil("data: 2\n\n").find("event: label\n"), std::string::npos);
}

TEST_F(Live, KeepsNobodyElseWaitingAndIsNoWorkInFlight) {
  std::vector<std::unique_ptr<TestClient>> listeners;
  for (int i = 0; i < 100; ++i) listeners.push_back(Listen());
  TestClient other(running_->port());
  EXPECT_EQ(other.Ask(PlainRequest("GET", "/load"))->body, "1");  // itself
  hub_->Publish("label", "", "1");
  for (const auto& listener : listeners) {
    EXPECT_NE(listener->ReadUntil("data: 1\n\n").find("event: label\n"), std::string::npos);
  }
}

TEST_F(Live, LetsGoOfAClientThatIsGone) {
  auto client = Listen();
  ASSERT_TRUE(AwaitListeners(1));
  client->Vanish();
  for (int i = 0; i < 2000 && hub_->listeners() > 0; ++i) {
    hub_->KeepAlive();
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_EQ(hub_->listeners(), 0U);
}

TEST_F(Live, CutsOffAClientThatDoesNotRead) {
  Start([](ServerOptions& options) { options.write_timeout = milliseconds(500); });
  const auto client = Listen();
  const std::string large(10'000, 'x');
  // More than the system keeps for a connection, then more than the hub keeps.
  for (int i = 0; i < 3000; ++i) hub_->Publish("label", "", large);
  EXPECT_TRUE(AwaitListeners(0));
  TestClient other(running_->port());
  EXPECT_EQ(Status(other.Ask(PlainRequest("GET", "/load"))), 200);
}

TEST_F(Live, EndsInGoodOrderWhenTheServerStops) {
  const auto first = Listen();
  const auto second = Listen();
  hub_->Publish("label", "", "last");
  const auto begun = std::chrono::steady_clock::now();
  running_->server().Stop();
  EXPECT_TRUE(running_->Join());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(20));
  for (const auto& client : {first.get(), second.get()}) {
    const auto rest = client->ReadToEnd();
    EXPECT_NE(rest.find("data: last\n\n"), std::string::npos);
    EXPECT_TRUE(rest.ends_with("0\r\n\r\n")) << rest;
  }
}

TEST_F(Live, DoesNotKeepTheServerFromStoppingForAClientThatDoesNotRead) {
  const auto client = Listen();
  const std::string large(100'000, 'x');
  for (int i = 0; i < 200; ++i) hub_->Publish("label", "", large);
  ASSERT_EQ(hub_->listeners(), 1U);
  std::this_thread::sleep_for(milliseconds(300));  // until its socket takes no more
  const auto begun = std::chrono::steady_clock::now();
  running_->server().Stop();
  EXPECT_TRUE(running_->Join());
  // Neither write_timeout nor drain_timeout has passed, which are 30 s.
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(20));
}

TEST_F(Live, EndsWithTheConnectionForHttp10) {
  TestClient client(running_->port());
  client.Send("GET /live HTTP/1.0\r\nHost: test\r\n\r\n");
  const auto begin = client.ReadUntil("begin\n");
  EXPECT_EQ(begin.find("chunked"), std::string::npos);
  EXPECT_NE(begin.find("Connection: close"), std::string::npos);
  hub_->Publish("label", "", "1");
  hub_->Close();
  EXPECT_EQ(client.ReadToEnd(), "event: label\ndata: 1\n\n");
}

TEST_F(Live, AnswersHeadWithoutABody) {
  TestClient client(running_->port());
  client.Send(PlainRequest("HEAD", "/live"));
  EXPECT_EQ(Status(client.Read(false)), 200);
  EXPECT_TRUE(AwaitListeners(0));
  EXPECT_EQ(client.buffered(), 0U);
}

}  // namespace
}  // namespace heartbeat::server
