#include "server/router.h"

#include <gtest/gtest.h>

namespace heartbeat::server {
namespace {

Route Named(std::string method, std::string pattern) {
  Route route;
  route.method = std::move(method);
  route.pattern = std::move(pattern);
  return route;
}

Router Table() {
  Router router;
  router.Add(Named("GET", "/"));
  router.Add(Named("GET", "/health"));
  router.Add(Named("POST", "/predict"));
  router.Add(Named("GET", "/predictions/{id}"));
  router.Add(Named("DELETE", "/predictions/{id}"));
  router.Add(Named("GET", "/predictions/{id}/audio"));
  router.Add(Named("GET", "/predictions/latest"));
  return router;
}

std::string Pattern(std::string_view method, std::string_view path) {
  const auto router = Table();
  const auto match = router.Match(method, path);
  return match.route == nullptr ? "-" : match.route->pattern;
}

TEST(Router, FindsARoute) {
  EXPECT_EQ(Pattern("GET", "/"), "/");
  EXPECT_EQ(Pattern("GET", "/health"), "/health");
  EXPECT_EQ(Pattern("POST", "/predict"), "/predict");
  EXPECT_EQ(Pattern("GET", "/h%65alth"), "/health");
  for (const std::string_view path : {"", "health", "/Health", "/health/", "//health", "/health%2F",
                                      "/hea", "/healthy", "/health%", "/health%00", "/../health"}) {
    EXPECT_EQ(Pattern("GET", path), "-") << path;
  }
}

TEST(Router, PassesParametersOnDecoded) {
  const auto router = Table();
  const auto match = router.Match("GET", "/predictions/a%2Fb%20c/audio");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->pattern, "/predictions/{id}/audio");
  EXPECT_EQ(match.parameters, (std::map<std::string, std::string>{{"id", "a/b c"}}));
  EXPECT_EQ(Pattern("GET", "/predictions/"), "-");
  EXPECT_EQ(Pattern("GET", "/predictions//audio"), "-");
}

TEST(Router, PrefersALiteralSegment) {
  EXPECT_EQ(Pattern("GET", "/predictions/latest"), "/predictions/latest");
  EXPECT_EQ(Pattern("DELETE", "/predictions/latest"), "/predictions/{id}");
}

TEST(Router, TellsWhatAPathTakes) {
  const auto router = Table();
  EXPECT_EQ(router.Match("PUT", "/health").allow, "GET, HEAD, OPTIONS");
  EXPECT_EQ(router.Match("GET", "/predict").allow, "OPTIONS, POST");
  EXPECT_EQ(router.Match("PUT", "/predictions/1").allow, "DELETE, GET, HEAD, OPTIONS");
  EXPECT_EQ(router.Match("GET", "/nowhere").allow, "");
  EXPECT_EQ(router.Match("get", "/health").route, nullptr);  // methods are case-sensitive
}

TEST(Router, ServesHeadWhereThereIsGet) {
  EXPECT_EQ(Pattern("HEAD", "/health"), "/health");
  EXPECT_EQ(Pattern("HEAD", "/predict"), "-");
  EXPECT_EQ(Pattern("OPTIONS", "/health"), "-");
}

}  // namespace
}  // namespace heartbeat::server
