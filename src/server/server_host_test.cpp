// What a server tells its routes of itself.

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/host.h"
#include "server/test_client.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

struct Recorder final : public RequestObserver {
  void OnFinished(const RequestRecord& record) override {
    const std::lock_guard lock(mutex);
    records.push_back(record);
  }
  std::vector<RequestRecord> Await(std::size_t count) {
    for (int attempt = 0; attempt < 1000; ++attempt) {
      {
        const std::lock_guard lock(mutex);
        if (records.size() >= count) return records;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return {};
  }

  std::mutex mutex;
  std::vector<RequestRecord> records;
};

Route Plain(std::string method, std::string pattern, Handler handler) {
  Route route;
  route.method = std::move(method);
  route.pattern = std::move(pattern);
  route.handler = std::move(handler);
  return route;
}

TEST(ServerHost, TellsObserversOfEveryRequest) {
  const auto recorder = std::make_shared<Recorder>();
  RunningServer running({}, [&recorder](Host& host) {
    host.AddObserver(recorder);
    Router router;
    router.Add(Plain("POST", "/echo/{id}", [](Request& request) {
      return Response{.status = 201,
                      .content_type = "text/plain",
                      .body = request.method + request.parameters.at("id"),
                      .headers = {}};
    }));
    return router;
  });
  TestClient client(running.port());
  const auto answer =
      client.Ask("POST /echo/7 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "POST7");
  client.Ask("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
  client.Ask("nonsense\r\n\r\n");
  const auto records = recorder->Await(3);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].route, "/echo/{id}");
  EXPECT_EQ(records[0].method, "POST");
  EXPECT_EQ(records[0].status, 201);
  EXPECT_EQ(records[0].body_bytes_in, 3U);
  EXPECT_EQ(records[0].body_bytes_out, 5U);
  EXPECT_GT(records[0].duration_s, 0);
  EXPECT_EQ(records[1].route, "");
  EXPECT_EQ(records[1].status, 404);
  EXPECT_EQ(records[2].status, 400);
}

TEST(ServerHost, KnowsItsLoad) {
  Gate gate;
  const Host* known = nullptr;
  RunningServer running(
      [](ServerOptions& options) {
        options.threads = 1;
        options.max_queue = 5;
        options.max_connections = 9;
      },
      [&](Host& host) {
        known = &host;
        Router router;
        auto wait = Plain("GET", "/wait", [&gate](Request&) {
          gate.Wait();
          return Response{};
        });
        wait.runs_on = RunsOn::kWorkPool;
        router.Add(wait);
        return router;
      });
  EXPECT_EQ(known->Load().requests_in_flight, 0U);
  TestClient first(running.port());
  TestClient second(running.port());
  first.Send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(gate.AwaitWaiting(1));
  second.Send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  for (int attempt = 0; attempt < 1000 && known->Load().pool.waiting == 0; ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const auto load = known->Load();
  EXPECT_EQ(load.pool.running, 1U);
  EXPECT_EQ(load.pool.waiting, 1U);
  EXPECT_EQ(load.pool.capacity, 6U);
  EXPECT_EQ(load.pool.threads, 1U);
  EXPECT_EQ(load.open_connections, 2U);
  EXPECT_EQ(load.max_connections, 9U);
  EXPECT_EQ(load.requests_in_flight, 2U);
  gate.Open();
  ASSERT_TRUE(first.Read());
  ASSERT_TRUE(second.Read());
  for (int attempt = 0; attempt < 1000 && known->Load().requests_in_flight > 0; ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(known->Load().requests_in_flight, 0U);
}

TEST(ServerHost, TellsAHandlerThatNobodyWaits) {
  std::atomic<bool> told = false;
  Gate gate;
  RunningServer running(
      [](ServerOptions& options) { options.answer_timeout = std::chrono::milliseconds(100); },
      [&](Host&) {
        Router router;
        auto wait = Plain("GET", "/wait", [&](Request& request) {
          for (int attempt = 0; attempt < 1000 && !told; ++attempt) {
            told = request.abandoned.stop_requested();
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
          }
          gate.Open();
          return Response{};
        });
        wait.runs_on = RunsOn::kWorkPool;
        router.Add(wait);
        return router;
      });
  TestClient client(running.port());
  const auto answer = client.Ask("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  gate.Wait();
  EXPECT_TRUE(told);
}

TEST(ServerHost, NamesItsModel) {
  RunningServer running;
  EXPECT_EQ(running.server().ModelLabel(), "fake 1.0");
  running.predictor().loaded = false;
  EXPECT_EQ(running.server().ModelLabel(), "");
}

}  // namespace
}  // namespace heartbeat::server
