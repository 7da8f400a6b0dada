// The routes beside predictions, over real sockets.

#include "server/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>

#include "server/embedded.h"
#include "server/model_card.h"
#include "server/test_client.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string Get(std::string_view path, std::string_view headers = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(headers) + "\r\n";
}

TEST(Api, TellsThatItLives) {
  RunningServer running;
  running.predictor().loaded = false;
  TestClient client(running.port());
  EXPECT_EQ(Json(client.Ask(Get("/health/live"))), (json{{"status", "alive"}}));
}

TEST(Api, TellsWhetherItIsReady) {
  RunningServer running([](ServerOptions& options) {
    options.threads = 1;
    options.max_queue = 0;
  });
  TestClient client(running.port());
  EXPECT_EQ(Json(client.Ask(Get("/health/ready"))),
            (json{{"status", "ready"}, {"reasons", json::array()}}));

  Gate gate;
  running.predictor().predict = [&gate](auto, auto) -> base::Result<json> {
    gate.Wait();
    return json::object();
  };
  TestClient busy(running.port());
  busy.Send(PredictRequest("x"));
  ASSERT_TRUE(gate.AwaitWaiting(1));
  const auto full = client.Ask(Get("/health/ready"));
  ASSERT_TRUE(full);
  EXPECT_EQ(full->status, 503);
  EXPECT_EQ(full->headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(full->headers.at("retry-after"), "1");
  EXPECT_EQ(Json(full)["type"], "/problems/not-ready");
  EXPECT_EQ(Json(full)["reasons"], (json{"queue"}));
  EXPECT_EQ(Json(full)["instance"], "urn:uuid:" + full->headers.at("x-request-id"));

  running.predictor().loaded = false;
  EXPECT_EQ(Json(client.Ask(Get("/health/ready")))["reasons"], (json{"model", "queue"}));
  gate.Open();
  ASSERT_TRUE(busy.Read());
  ASSERT_TRUE(running.AwaitMetric("heartbeat_work_threads_busy 0\n"));
  const auto without = Json(client.Ask(Get("/health/ready")));
  EXPECT_EQ(without["reasons"], (json{"model"}));
  EXPECT_THAT(without["detail"].get<std::string>(), HasSubstr("no model"));
}

TEST(Api, TellsItsAge) {
  RunningServer running;
  TestClient client(running.port());
  const auto first = Json(client.Ask(Get("/uptime")));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto second = Json(client.Ask(Get("/uptime")));
  EXPECT_GE(second["uptime_seconds"].get<double>(), first["uptime_seconds"].get<double>() + 0.019);
  EXPECT_LT(second["uptime_seconds"], 60);
  EXPECT_EQ(first["started_at"], second["started_at"]);
  EXPECT_EQ(first["started_at"].get<std::string>().size(), 24U);
}

TEST(Api, CountsWhatItServed) {
  RunningServer running;
  TestClient client(running.port());
  const auto before = Json(client.Ask(Get("/metrics")));
  EXPECT_EQ(before["predictions_served"], 0);
  EXPECT_TRUE(before["latency_ms"].is_null());
  EXPECT_TRUE(before["accuracy"].is_null());
  EXPECT_EQ(before["figures_note"], "no model is loaded");
  client.Ask(PredictRequest("x"));
  client.Ask(PredictRequest("x", "wrong-key"));
  const auto after = Json(client.Ask(Get("/metrics")));
  EXPECT_EQ(after["predictions_served"], 1);
  for (const char* key : {"latency_ms", "latency_p50_ms", "latency_p95_ms", "latency_p99_ms"}) {
    EXPECT_GE(after[key], 0) << key;
  }
  EXPECT_GT(after["uptime_seconds"], 0);
}

TEST(Api, CountsForPrometheus) {
  RunningServer running;
  TestClient client(running.port());
  client.Ask(PredictRequest("x"));
  client.Ask(Get("/Jane-Doe"));
  const auto text = client.Ask(Get("/metrics", "Accept: text/plain\r\n"));
  ASSERT_TRUE(text);
  EXPECT_EQ(text->headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(text->headers.at("vary"), "Accept");
  for (const char* line :
       {"heartbeat_http_requests_total{method=\"POST\",route=\"/predict\",status=\"200\"} 1\n",
        "route=\"none\",status=\"404\"} 1\n", "heartbeat_http_requests_in_flight 1\n",
        "heartbeat_http_connections 1\n", "heartbeat_model_loaded 1\n",
        "heartbeat_prediction_duration_seconds_count 1\n", "process_start_time_seconds ",
        "heartbeat_build_info{version=\"" HEARTBEAT_VERSION "\"} 1\n"}) {
    EXPECT_THAT(text->body, HasSubstr(line));
  }
  EXPECT_THAT(text->body, Not(HasSubstr("Jane")));
  const auto open = client.Ask(Get("/metrics", "Accept: application/openmetrics-text\r\n"));
  ASSERT_TRUE(open);
  EXPECT_EQ(open->headers.at("content-type"),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_TRUE(open->body.ends_with("# EOF\n"));
}

TEST(Api, SaysNothingOfAModelThatTellsNothing) {
  RunningServer running;
  TestClient client(running.port());
  const auto unknown = client.Ask(Get("/model"));
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->status, 503);
  running.predictor().loaded = false;
  EXPECT_EQ(Json(client.Ask(Get("/model")))["type"], "/problems/no-model");
}

TEST(Api, ServesItsDescription) {
  RunningServer running;
  TestClient client(running.port());
  const auto answer = client.Ask(Get("/openapi.json"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->headers.at("content-type"), "application/json");
  EXPECT_EQ(answer->headers.at("cache-control"), "no-cache");
  EXPECT_TRUE(Json(answer)["paths"].contains("/openapi.json"));
  client.Send(Get("/openapi.json", "If-None-Match: " + answer->headers.at("etag") + "\r\n"));
  const auto known = client.Read(false);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->status, 304);
  EXPECT_FALSE(known->headers.contains("content-length"));  // RFC 9110, 8.6: not another one's
  EXPECT_EQ(known->headers.at("etag"), answer->headers.at("etag"));
}

TEST(Api, ServesThePageAndAllThatItNeeds) {
  RunningServer running;
  TestClient client(running.port());
  const auto page = client.Ask(Get("/docs"));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->headers.at("content-type"), "text/html; charset=utf-8");
  const auto& policy = page->headers.at("content-security-policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("script-src 'self';"));
  EXPECT_THAT(page->body, Not(HasSubstr("://")));  // nothing of elsewhere
  EXPECT_THAT(page->body, Not(HasSubstr("<script>")));
  std::size_t links = 0;
  for (auto at = page->body.find("\"docs/"); at != std::string::npos;
       at = page->body.find("\"docs/", at + 1)) {
    const auto path = page->body.substr(at + 1, page->body.find('"', at + 1) - at - 1);
    const auto file = client.Ask(Get("/" + path));
    ASSERT_TRUE(file) << path;
    EXPECT_EQ(file->status, 200) << path;
    EXPECT_GT(file->body.size(), 300U) << path;
    EXPECT_TRUE(file->headers.contains("content-security-policy")) << path;
    ++links;
  }
  EXPECT_EQ(links, 4U);
  for (const char* path : {"/docs/", "/docs/index.html", "/docs/openapi.json", "/docs/..",
                           "/docs/%2e%2e%2fopenapi.json"}) {
    const auto nothing = client.Ask(Get(path));
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->status, 404) << path;
  }
}

TEST(Api, NeverAsksAnotherServerForItsPage) {
  for (const auto& file : DocsFiles()) {
    if (file.name != "initializer.js") continue;
    EXPECT_THAT(std::string(file.content), HasSubstr("validatorUrl: null"));
    EXPECT_THAT(std::string(file.content), Not(HasSubstr("://")));
    return;
  }
  FAIL() << "no initializer.js";
}

TEST(Api, GivesEachRouteAScope) {
  std::set<std::string> open;
  const auto router = ListApi();
  for (const auto& route : router.routes()) {
    EXPECT_FALSE(route.summary.empty());
    EXPECT_EQ(static_cast<bool>(route.handler) + static_cast<bool>(route.start) +
                  static_cast<bool>(route.make_pieces),
              1);
    if (route.scope == Scope::kNone) open.insert(route.pattern);
  }
  EXPECT_EQ(open, (std::set<std::string>{"/", "/assets/{file}", "/docs", "/docs/{file}", "/health",
                                         "/health/live", "/health/ready", "/login", "/logout",
                                         "/openapi.json", "/session", "/uptime"}));
}

}  // namespace
}  // namespace heartbeat::server
