// The server behind a proxy, below a path, and among programs that trace.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "server/test_client.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

// Tells what a handler is told.
Router Mirror(Host& /*host*/) {
  Router router;
  Route route;
  route.method = "GET";
  route.pattern = "/mirror/{id}";
  route.handler = [](Request& request) -> base::Result<Response> {
    const auto* own = request.headers.Find("X-Own");
    const nlohmann::json seen = {{"id", request.id},
                                 {"method", request.method},
                                 {"base_path", request.base_path},
                                 {"scheme", request.scheme},
                                 {"host", request.host},
                                 {"client_address", request.client_address},
                                 {"own", own == nullptr ? "" : *own},
                                 {"query", request.query},
                                 {"parameter", request.parameters.at("id")}};
    return Response{
        .status = 200, .content_type = "application/json", .body = seen.dump(), .headers = {}};
  };
  router.Add(route);
  return router;
}

TEST(ServerProxy, TellsHandlersWhoAsks) {
  RunningServer running({}, Mirror);
  TestClient client(running.port());
  const auto seen = Json(client.Ask(
      PlainRequest("GET", "/mirror/7?q",
                   "X-Own: o\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n"
                   "X-Forwarded-Host: evil\r\n")));
  EXPECT_EQ(seen["client_address"], "127.0.0.1");
  EXPECT_EQ(seen["scheme"], "http");
  EXPECT_EQ(seen["host"], "test");
  EXPECT_EQ(seen["base_path"], "");
  EXPECT_EQ(seen["own"], "o");
  EXPECT_EQ(seen["query"], "q");
  EXPECT_EQ(seen["parameter"], "7");
  EXPECT_EQ(seen["method"], "GET");
  const auto absolute = Json(client.Ask(PlainRequest("GET", "http://other:99/mirror/7")));
  EXPECT_EQ(absolute["host"], "other:99");
}

TEST(ServerProxy, BelievesATrustedOne) {
  RunningServer running(
      [](ServerOptions& options) { options.trusted_proxies = {"10.0.0.0/8", "127.0.0.1"}; },
      Mirror);
  TestClient client(running.port());
  const auto seen = Json(client.Ask(PlainRequest(
      "GET", "/mirror/7",
      "X-Forwarded-For: 203.0.113.66, 192.0.2.1, 10.0.0.1\r\nX-Forwarded-Proto: https\r\n"
      "X-Forwarded-Host: heart.example\r\n")));
  EXPECT_EQ(seen["client_address"], "192.0.2.1");
  EXPECT_EQ(seen["scheme"], "https");
  EXPECT_EQ(seen["host"], "heart.example");
  const auto forwarded = Json(client.Ask(PlainRequest(
      "GET", "/mirror/7", "Forwarded: for=\"[2001:db8::1]:9\";proto=https;host=a.example\r\n")));
  EXPECT_EQ(forwarded["client_address"], "2001:db8::1");
  EXPECT_EQ(forwarded["host"], "a.example");
  const auto log = running.AwaitLog(2);
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[0]["scheme"], "https");
  EXPECT_EQ(log[0]["tls"], false);
  // Who asked is nobody's business.
  for (const auto& line : log) {
    EXPECT_EQ(line.dump().find("192.0.2.1"), std::string::npos);
    EXPECT_EQ(line.dump().find("2001:db8"), std::string::npos);
    EXPECT_EQ(line.dump().find("127.0.0.1"), std::string::npos);
  }
}

TEST(ServerProxy, ServesBelowAPath) {
  RunningServer running([](ServerOptions& options) { options.base_path = "/tools/heart"; }, Mirror);
  TestClient client(running.port());
  const auto seen = Json(client.Ask(PlainRequest("GET", "/tools/heart/mirror/7?q")));
  EXPECT_EQ(seen["base_path"], "/tools/heart");
  EXPECT_EQ(seen["parameter"], "7");
  EXPECT_EQ(Status(client.Ask(PlainRequest("GET", "/tools/%68eart/mirror/7"))), 200);
  for (const std::string_view path :
       {"/mirror/7", "/tools/mirror/7", "/tools/heartmirror/7", "/tools/heart", "/tools/heart/",
        "/tools/heart//mirror/7", "/tools%2Fheart/mirror/7", "/", "/tools"}) {
    EXPECT_EQ(Status(client.Ask(PlainRequest("GET", path))), 404) << path;
  }
  EXPECT_EQ(Status(client.Ask(PlainRequest("OPTIONS", "*"))), 204);
  EXPECT_EQ(Status(client.Ask(PlainRequest("POST", "/tools/heart/mirror/7"))), 405);
}

TEST(ServerProxy, TakesOverTheClientsId) {
  RunningServer running({}, Mirror);
  TestClient client(running.port());
  const auto answer = client.Ask(PlainRequest("GET", "/mirror/7", "X-Request-Id: order:7.1_a\r\n"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->headers.at("x-request-id"), "order:7.1_a");
  EXPECT_EQ(Json(answer)["id"], "order:7.1_a");
  const auto missing = client.Ask(PlainRequest("GET", "/nowhere", "X-Request-Id: order-8\r\n"));
  EXPECT_EQ(missing->headers.at("x-request-id"), "order-8");
  EXPECT_EQ(Json(missing)["instance"], "/requests/order-8");
  const std::string uuid = "0190a000-0000-7000-8000-000000000000";
  const auto named = client.Ask(PlainRequest("GET", "/nowhere", "X-Request-Id: " + uuid + "\r\n"));
  EXPECT_EQ(Json(named)["instance"], "urn:uuid:" + uuid);
  // Nothing of an id that is not well-formed comes back.
  const auto bad = client.Ask(PlainRequest("GET", "/nowhere", "X-Request-Id: <Jane>\r\n"));
  EXPECT_EQ(bad->headers.at("x-request-id").size(), 36U);
  const auto log = running.AwaitLog(4);
  ASSERT_EQ(log.size(), 4U);
  EXPECT_EQ(log[0]["request_id"], "order:7.1_a");
  EXPECT_EQ(log[1]["request_id"], "order-8");
  EXPECT_EQ(log[3]["request_id"], bad->headers.at("x-request-id"));
}

TEST(ServerProxy, GoesOnWithATrace) {
  RunningServer running({}, Mirror);
  TestClient client(running.port());
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const auto traced = client.Ask(
      PlainRequest("GET", "/mirror/7", "traceparent: 00-" + trace + "-b7ad6b7169203331-01\r\n"));
  ASSERT_TRUE(traced);
  EXPECT_TRUE(traced->headers.at("traceresponse").starts_with("00-" + trace + "-"));
  const auto plain = client.Ask(PlainRequest("GET", "/mirror/7"));
  EXPECT_FALSE(plain->headers.contains("traceresponse"));
  const auto broken = client.Ask(PlainRequest("GET", "/mirror/7", "traceparent: 00-zz\r\n"));
  EXPECT_FALSE(broken->headers.contains("traceresponse"));
  const auto log = running.AwaitLog(3);
  ASSERT_EQ(log.size(), 3U);
  EXPECT_EQ(log[0]["trace_id"], trace);
  EXPECT_EQ(log[0]["parent_id"], "b7ad6b7169203331");
  for (const auto& line : {log[1], log[2]}) {
    EXPECT_EQ(line["trace_id"].get<std::string>().size(), 32U);
    EXPECT_NE(line["trace_id"], trace);
    EXPECT_FALSE(line.contains("parent_id"));
  }
}

}  // namespace
}  // namespace heartbeat::server
