// Who may ask what, over real sockets: keys, cookies, other pages, and what is noted of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "server/api.h"
#include "server/failed_attempts.h"
#include "server/foreign_page.h"
#include "server/key_file.h"
#include "server/test_client.h"
#include "server/test_folder.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kSound = "a sound that is longer than ten bytes";

class ServerAccess : public testing::Test {
 protected:
  struct Key {
    std::string id;
    std::string text;
    [[nodiscard]] std::string Header() const { return "Authorization: Bearer " + text + "\r\n"; }
  };
  [[nodiscard]] Key AddKey(ScopeSet scopes, int rate_per_minute = 0) const {
    ApiKey wanted;
    wanted.name = "ward 3";
    wanted.scopes = scopes;
    if (rate_per_minute > 0) wanted.rate_per_minute = rate_per_minute;
    const auto made = MakeKey(wanted);
    EXPECT_TRUE(ChangeKeys(keys_, [&](std::vector<ApiKey>& keys) -> base::Result<void> {
      keys.push_back(made->key);
      return {};
    }));
    return {.id = made->key.id, .text = made->text};
  }
  void Serve(const std::function<void(ServerOptions&)>& adjust = {}) {
    running_ = std::make_unique<RunningServer>([&](ServerOptions& options) {
      options.keep_history = true;
      options.data_dir = folder_.path() / "data";
      options.keys_file = keys_;
      options.audit_file = audit_;
      if (adjust) adjust(options);
    });
    running_->predictor().predict = JudgeBySize;
  }
  [[nodiscard]] std::optional<Answer> Ask(std::string_view method, std::string_view target,
                                          const std::string& headers = {}) const {
    return TestClient(running_->port()).Ask(PlainRequest(method, target, headers));
  }
  [[nodiscard]] std::optional<Answer> Predict(const std::string& headers) const {
    auto request = PredictRequest(kSound);
    request.insert(request.find("Content-Type"), headers);
    return TestClient(running_->port()).Ask(request);
  }
  [[nodiscard]] std::optional<Answer> Post(std::string_view target, std::string_view body,
                                           const std::string& headers) const {
    return TestClient(running_->port())
        .Ask(PlainRequest("POST", target,
                          "Content-Length: " + std::to_string(body.size()) + "\r\n" + headers) +
             std::string(body));
  }
  [[nodiscard]] std::optional<Answer> LogIn(const std::string& key,
                                            const std::string& headers = {}) const {
    return Post("/login", json{{"key", key}}.dump(),
                "Content-Type: application/json\r\n" + headers);
  }
  // As the browser sends it back.
  static std::string CookieOf(const std::optional<Answer>& login) {
    const auto& cookie = login->headers.at("set-cookie");
    return "Cookie: " + cookie.substr(0, cookie.find(';')) + "\r\n";
  }
  [[nodiscard]] std::vector<json> Trail() const {
    std::ifstream file(audit_);
    std::vector<json> lines;
    std::string line;
    while (std::getline(file, line)) lines.push_back(json::parse(line));
    return lines;
  }
  // Whether `is_so` comes to be, as it should soon.
  template <typename Condition>
  static bool Comes(Condition is_so) {
    for (int i = 0; i < 400; ++i) {
      if (is_so()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

  TestFolder folder_;
  const std::filesystem::path keys_ = folder_.path() / "keys.toml";
  const std::filesystem::path audit_ = folder_.path() / "audit.jsonl";
  std::unique_ptr<RunningServer> running_;
};

std::string PathOf(const Route& route) {
  std::string path = route.pattern;
  for (const auto* name : {"{id}", "{version}", "{file}"}) {
    if (const auto at = path.find(name); at != std::string::npos) {
      path.replace(at, std::string_view(name).size(), "none");
    }
  }
  return path;
}

TEST_F(ServerAccess, AsksForAKeyWhereverARightIsNeeded) {
  const auto key = AddKey({Scope::kPredict});
  Serve();
  const auto router = ListApi();
  for (const auto& route : router.routes()) {
    SCOPED_TRACE(route.method + " " + route.pattern);
    const auto none = Ask(route.method, PathOf(route));
    const auto wrong = Ask(route.method, PathOf(route), "X-API-Key: hb_wrong\r\n");
    const auto right = Ask(route.method, PathOf(route), key.Header());
    ASSERT_TRUE(none && wrong && right);
    const bool is_open = route.scope == Scope::kNone;
    EXPECT_EQ(none->status == 401, !is_open) << none->status;
    EXPECT_EQ(none->headers.contains("www-authenticate"), !is_open);
    // After many of them it is another refusal.
    EXPECT_EQ(wrong->status == 401 || wrong->status == 429, !is_open) << wrong->status;
    EXPECT_EQ(right->status == 403, !is_open && route.scope != Scope::kPredict) << right->status;
    EXPECT_NE(right->status, 401);
  }
}

TEST_F(ServerAccess, RefusesAnUploadFromItsHeader) {
  const auto reader = AddKey({Scope::kRead});
  const auto limited = AddKey({Scope::kPredict}, 1);
  Serve();
  const auto head = [](const std::string& headers) {
    return "POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; "
           "boundary=b\r\nContent-Length: 20000000\r\nExpect: 100-continue\r\n" +
           headers + "\r\n";
  };
  EXPECT_EQ(Status(Predict(limited.Header())), 200);
  for (const auto& [headers, status] :
       {std::pair<std::string, int>{"", 401}, {reader.Header(), 403}, {limited.Header(), 429}}) {
    // Nothing of the body is sent; "100 Continue" would be an answer of status 100.
    const auto refused = TestClient(running_->port()).Ask(head(headers));
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, status);
    EXPECT_EQ(refused->headers.at("content-type"), "application/problem+json");
    EXPECT_EQ(refused->headers.contains("retry-after"), status == 429);
  }
}

TEST_F(ServerAccess, TakesTheKeyFromEitherHeader) {
  const auto key = AddKey({Scope::kRead});
  Serve();
  EXPECT_EQ(Status(Ask("GET", "/predictions", key.Header())), 200);
  EXPECT_EQ(Status(Ask("GET", "/predictions", "X-API-Key: " + key.text + "\r\n")), 200);
  EXPECT_EQ(Status(Ask("GET", "/metrics", key.Header())), 200);
  EXPECT_EQ(Status(Ask("GET", "/predictions?key=" + key.text)), 401);
}

TEST_F(ServerAccess, TellsWhoTriesTooOftenToWait) {
  const auto key = AddKey({Scope::kRead});
  Serve();
  const std::string wrong = "Authorization: Bearer hb_wrong\r\n";
  std::size_t tries = 0;
  std::optional<Answer> refused;
  do {
    refused = Ask("GET", "/predictions", wrong);
  } while (Status(refused) == 401 && ++tries < 500);
  EXPECT_GE(tries, static_cast<std::size_t>(FailedAttempts::kAtOnce));
  ASSERT_EQ(Status(refused), 429);
  EXPECT_EQ(Json(refused)["type"], "/problems/rate-limited");
  EXPECT_TRUE(refused->headers.contains("retry-after"));
  EXPECT_EQ(refused->headers.at("connection"), "close");
  EXPECT_EQ(Status(Ask("GET", "/predictions", key.Header())), 200);
  // A flood does not fill the trail.
  EXPECT_EQ(Trail().size(), tries + 1);
}

TEST_F(ServerAccess, LetsPeopleLogInForACookie) {
  const auto key = AddKey({Scope::kRead, Scope::kPredict});
  Serve();
  EXPECT_EQ(Status(LogIn("hb_wrong")), 401);
  EXPECT_EQ(Status(Post("/login", R"({"key":5})", "Content-Type: application/json\r\n")), 400);
  EXPECT_EQ(Status(Post("/login", "key=" + key.text,
                        "Content-Type: application/x-www-form-urlencoded\r\n")),
            415);
  const auto login = LogIn(key.text);
  ASSERT_EQ(Status(login), 200);
  EXPECT_EQ(Json(login)["key"]["name"], "ward 3");
  EXPECT_THAT(login->headers.at("set-cookie"), HasSubstr("; HttpOnly; SameSite=Strict"));
  EXPECT_THAT(login->headers.at("set-cookie"), Not(HasSubstr(key.text)));
  EXPECT_THAT(login->body, Not(HasSubstr(key.text)));
  const auto cookie = CookieOf(login);
  EXPECT_EQ(Status(Predict(cookie + "Sec-Fetch-Site: same-origin\r\n")), 200);
  EXPECT_EQ(Status(Ask("GET", "/predictions", cookie)), 200);
  EXPECT_EQ(Status(Ask("DELETE", "/predictions/1", cookie)), 403);
  EXPECT_EQ(Json(Ask("GET", "/session", cookie)), (json{{"login_required", true},
                                                        {"key",
                                                         {{"id", key.id},
                                                          {"name", "ward 3"},
                                                          {"scopes", {"predict", "read"}},
                                                          {"expires", nullptr}}}}));
  // Whoever logs in anew leaves no session behind.
  const auto again = LogIn(key.text, cookie);
  EXPECT_EQ(Status(Ask("GET", "/predictions", cookie)), 401);
  const auto logout = Post("/logout", "", CookieOf(again));
  EXPECT_EQ(Status(logout), 204);
  EXPECT_THAT(logout->headers.at("set-cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(Status(Ask("GET", "/predictions", CookieOf(again))), 401);
  EXPECT_TRUE(Json(Ask("GET", "/session", CookieOf(again)))["key"].is_null());
}

TEST_F(ServerAccess, BelievesATrustedProxyThatItIsHttps) {
  const auto key = AddKey({Scope::kRead});
  Serve([](ServerOptions& options) { options.trusted_proxies = {"127.0.0.1"}; });
  const std::string https = "X-Forwarded-Proto: https\r\n";
  const auto login = LogIn(key.text, https);
  EXPECT_THAT(login->headers.at("set-cookie"), HasSubstr("__Host-heartbeat_session="));
  EXPECT_THAT(login->headers.at("set-cookie"), HasSubstr("; Secure"));
  EXPECT_EQ(login->headers.at("strict-transport-security"), "max-age=31536000");
  EXPECT_EQ(login->headers.at("cross-origin-opener-policy"), "same-origin");
  EXPECT_EQ(Status(Ask("GET", "/predictions", https + CookieOf(login))), 200);
  EXPECT_EQ(Status(Ask("GET", "/predictions", CookieOf(login))), 401);
}

TEST_F(ServerAccess, KeepsOtherPagesFromActingWithTheCookie) {
  const auto key = AddKey({Scope::kAdmin});
  Serve();
  const auto cookie = CookieOf(LogIn(key.text));
  for (const std::string foreign :
       {"Sec-Fetch-Site: same-site\r\n", "Sec-Fetch-Site: cross-site\r\n",
        "Origin: http://evil.example\r\n", "Origin: null\r\n"}) {
    SCOPED_TRACE(foreign);
    EXPECT_EQ(Status(Predict(cookie + foreign)), 403);
    EXPECT_EQ(Json(Ask("DELETE", "/predictions/1", cookie + foreign))["type"],
              "/problems/foreign-page");
    EXPECT_EQ(Status(Post("/logout", "", cookie + foreign)), 403);
    EXPECT_EQ(Status(LogIn(key.text, foreign)), 403);
    // It knows the key, and acts in nobody else's name.
    EXPECT_EQ(Status(Predict(key.Header() + foreign)), 200);
  }
  for (const std::string own : {"Sec-Fetch-Site: same-origin\r\n", "Origin: http://test\r\n", ""}) {
    EXPECT_EQ(Status(Predict(cookie + own)), 200) << own;
  }
}

TEST_F(ServerAccess, ReadsItsKeysAgainOnSighup) {
  const auto first = AddKey({Scope::kRead});
  Serve();
  const auto cookie = CookieOf(LogIn(first.text));
  TestClient by_key(running_->port());
  by_key.Send(PlainRequest("GET", "/events", first.Header()));
  TestClient by_cookie(running_->port());
  by_cookie.Send(PlainRequest("GET", "/events", cookie));
  for (auto* client : {&by_key, &by_cookie}) {
    EXPECT_THAT(client->ReadUntil("event: load"), HasSubstr("200 OK"));
  }
  const auto second = AddKey({Scope::kRead});
  EXPECT_EQ(Status(Ask("GET", "/predictions", second.Header())), 401);
  std::raise(SIGHUP);
  EXPECT_TRUE(Comes([&] { return Status(Ask("GET", "/predictions", second.Header())) == 200; }));
  EXPECT_EQ(Status(Ask("GET", "/predictions", first.Header())), 200);

  std::ofstream(keys_, std::ios::app) << "broken";
  std::raise(SIGHUP);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(Status(Ask("GET", "/predictions", second.Header())), 200);

  std::filesystem::remove(keys_);
  const auto third = AddKey({Scope::kRead});
  std::raise(SIGHUP);
  EXPECT_TRUE(Comes([&] { return Status(Ask("GET", "/predictions", second.Header())) == 401; }));
  EXPECT_EQ(Status(Ask("GET", "/predictions", cookie)), 401);
  EXPECT_EQ(Status(Ask("GET", "/predictions", third.Header())), 200);
  // What had begun ends, in good order.
  for (auto* client : {&by_key, &by_cookie}) {
    EXPECT_THAT(client->ReadUntil("\r\n0\r\n\r\n"), testing::EndsWith("\r\n0\r\n\r\n"));
  }
}

TEST_F(ServerAccess, NotesEveryAccess) {
  const auto key = AddKey({Scope::kPredict, Scope::kRead, Scope::kLabel});
  Serve();
  const auto predicted = Predict(key.Header());
  const auto id = Json(predicted)["id"].get<std::string>();
  const std::string path = "/predictions/" + id;
  EXPECT_EQ(Status(Ask("GET", path + "/audio", key.Header())), 200);
  EXPECT_EQ(Status(Ask("GET", "/predictions.csv", key.Header())), 200);
  EXPECT_EQ(Status(Ask("DELETE", path, key.Header())), 403);
  EXPECT_EQ(Status(Ask("GET", path)), 401);
  EXPECT_EQ(Status(Ask("GET", "/metrics", key.Header())), 200);
  const auto lines = Trail();
  ASSERT_EQ(lines.size(), 5U);
  const std::vector<std::tuple<std::string, std::string, int, json, json>> wanted = {
      {"POST", "/predict", 200, key.id, json::array({id})},
      {"GET", "/predictions/{id}/audio", 200, key.id, json::array({id})},
      {"GET", "/predictions.csv", 200, key.id, json::array()},
      {"DELETE", "/predictions/{id}", 403, key.id, json::array({id})},
      {"GET", "/predictions/{id}", 401, nullptr, json::array({id})},
  };
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& [method, route, status, key_id, predictions] = wanted[i];
    EXPECT_EQ(lines[i]["method"], method);
    EXPECT_EQ(lines[i]["route"], route);
    EXPECT_EQ(lines[i]["status"], status);
    EXPECT_EQ(lines[i]["key"], key_id);
    EXPECT_EQ(lines[i]["predictions"], predictions);
    EXPECT_EQ(lines[i]["client"], "127.0.0.1");
    EXPECT_EQ(lines[i].size(), 8U);
  }
  EXPECT_EQ(lines[0]["request_id"], predicted->headers.at("x-request-id"));
  EXPECT_THAT(json(lines).dump(), Not(HasSubstr("a.wav")));
  EXPECT_THAT(json(lines).dump(), Not(HasSubstr(key.text)));
}

TEST_F(ServerAccess, NotesTheKeyOfASession) {
  const auto key = AddKey({Scope::kRead});
  Serve();
  EXPECT_EQ(Status(Ask("GET", "/predictions", CookieOf(LogIn(key.text)))), 200);
  ASSERT_EQ(Trail().size(), 1U);
  EXPECT_EQ(Trail()[0]["key"], key.id);
}

TEST_F(ServerAccess, GivesNothingAwayThatItCannotNote) {
  const auto key = AddKey({Scope::kPredict, Scope::kRead});
  Serve([](ServerOptions& options) { options.audit_file = "/dev/full"; });
  // The first one fails when its line is written, those behind it from their header.
  for (int i = 0; i < 3; ++i) {
    const auto refused = Predict(key.Header());
    ASSERT_EQ(Status(refused), 507);
    EXPECT_EQ(Json(refused)["type"], "/problems/storage-failed");
    EXPECT_THAT(refused->body, Not(HasSubstr("abnormal")));
  }
  EXPECT_EQ(Status(Ask("GET", "/predictions", key.Header())), 507);
  EXPECT_EQ(Status(Ask("GET", "/predictions")), 401);
  EXPECT_EQ(Status(Ask("GET", "/metrics", key.Header())), 200);
  EXPECT_EQ(Status(Ask("GET", "/health")), 200);
}

TEST_F(ServerAccess, NamesTheKeyWhereNobodyElseIsNamed) {
  const auto key = AddKey({Scope::kAdmin});
  Serve();
  const auto path = "/predictions/" + Json(Predict(key.Header()))["id"].get<std::string>();
  const std::string body = R"({"label":"normal"})";
  TestClient client(running_->port());
  const auto label =
      client.Ask(PlainRequest("PUT", path + "/label",
                              "Content-Type: application/json\r\nContent-Length: " +
                                  std::to_string(body.size()) + "\r\n" + key.Header()) +
                 body);
  EXPECT_EQ(Json(label)["by"], "ward 3");
}

TEST_F(ServerAccess, LetsPagesInThatAreNamed) {
  const auto key = AddKey({Scope::kRead});
  Serve([](ServerOptions& options) { options.cors_origins = {"https://viewer.example"}; });
  const std::string viewer = "Origin: https://viewer.example\r\n";
  const auto preflight =
      Ask("OPTIONS", "/predictions/1/label", viewer + "Access-Control-Request-Method: PUT\r\n");
  EXPECT_EQ(Status(preflight), 204);
  EXPECT_EQ(preflight->headers.at("access-control-allow-origin"), "https://viewer.example");
  EXPECT_EQ(preflight->headers.at("access-control-allow-methods"), "OPTIONS, PUT");
  const auto answer = Ask("GET", "/predictions", viewer + key.Header());
  EXPECT_EQ(Status(answer), 200);
  EXPECT_EQ(answer->headers.at("access-control-allow-origin"), "https://viewer.example");
  EXPECT_FALSE(answer->headers.contains("access-control-allow-credentials"));
  // Refusals too, so that the page can say why.
  const auto refused = Ask("GET", "/predictions", viewer);
  EXPECT_EQ(Status(refused), 401);
  EXPECT_TRUE(refused->headers.contains("access-control-allow-origin"));
  const auto other = Ask("GET", "/predictions", "Origin: https://other.example\r\n" + key.Header());
  EXPECT_FALSE(other->headers.contains("access-control-allow-origin"));
  EXPECT_EQ(other->headers.at("vary"), "Origin");
  // A page that is let in has its own key, and not the cookie.
  const auto cookie = CookieOf(LogIn(key.text));
  EXPECT_EQ(Status(Post("/logout", "", cookie + viewer)), 403);
}

class WithoutKeys : public testing::Test {
 protected:
  [[nodiscard]] std::optional<Answer> Ask(std::string_view method, std::string_view target,
                                          const std::string& headers = {}) const {
    return TestClient(running_.port()).Ask(PlainRequest(method, target, headers));
  }
  RunningServer running_;
};

TEST_F(WithoutKeys, NobodyHasToLogIn) {
  EXPECT_EQ(Status(Ask("GET", "/metrics")), 200);
  EXPECT_EQ(Status(Ask("GET", "/metrics", "Authorization: Bearer hb_any\r\n")), 200);
  EXPECT_EQ(Json(Ask("GET", "/session")), (json{{"login_required", false}, {"key", nullptr}}));
  EXPECT_EQ(Status(Ask("POST", "/login")), 404);
  EXPECT_EQ(Status(Ask("POST", "/logout")), 404);
}

TEST_F(WithoutKeys, NoOtherPageChangesAnything) {
  const auto router = ListApi();
  for (const auto& route : router.routes()) {
    if (!MayChangeSomething(route.method)) continue;
    const auto refused = Ask(route.method, PathOf(route), "Sec-Fetch-Site: cross-site\r\n");
    EXPECT_EQ(Json(refused)["type"], "/problems/foreign-page") << route.pattern;
  }
}

TEST_F(WithoutKeys, EveryAnswerTellsTheBrowserToBeCareful) {
  const std::map<std::string, std::string> wanted = {
      {"x-content-type-options", "nosniff"},
      {"referrer-policy", "no-referrer"},
      {"x-frame-options", "DENY"},
      {"cross-origin-resource-policy", "same-origin"},
  };
  auto router = ListApi();
  Route unknown;
  unknown.method = "GET";
  unknown.pattern = "/nowhere";
  router.Add(unknown);
  for (const auto& route : router.routes()) {
    for (const auto& method : {route.method, std::string("OPTIONS")}) {
      SCOPED_TRACE(method + " " + route.pattern);
      const bool is_stream = route.pattern == "/events";
      TestClient client(running_.port());
      client.Send(PlainRequest(is_stream ? "HEAD" : method, PathOf(route)));
      const auto answer = client.Read(!is_stream);
      ASSERT_TRUE(answer);
      for (const auto& [name, value] : wanted) EXPECT_EQ(answer->headers.at(name), value) << name;
      EXPECT_THAT(answer->headers.at("content-security-policy"),
                  HasSubstr("frame-ancestors 'none'"));
      EXPECT_THAT(answer->headers.at("content-security-policy"), HasSubstr("default-src"));
      EXPECT_THAT(answer->headers.at("permissions-policy"), HasSubstr("camera=()"));
      EXPECT_FALSE(answer->headers.contains("strict-transport-security"));
      EXPECT_FALSE(answer->headers.contains("cross-origin-opener-policy"));
      EXPECT_FALSE(answer->headers.contains("access-control-allow-origin"));
      EXPECT_FALSE(answer->headers.contains("set-cookie"));
    }
  }
}

}  // namespace
}  // namespace heartbeat::server
