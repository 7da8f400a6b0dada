#include "server/cors.h"

#include <gtest/gtest.h>

namespace heartbeat::server {
namespace {

Fields Of(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  Fields made;
  for (const auto& [name, value] : fields) made.Add(name, value);
  return made;
}

std::string Header(const Response& response, std::string_view name) {
  const auto* value = response.headers.Find(name);
  return value == nullptr ? "-" : *value;
}

TEST(Cors, IsOffUntilOriginsAreNamed) {
  const Cors none;
  const auto request =
      Of({{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "GET"}});
  EXPECT_FALSE(none.Allows(request));
  Response response;
  none.AddTo(response, request, "GET, OPTIONS");
  EXPECT_EQ(response.headers.begin(), response.headers.end());
}

TEST(Cors, LetsInWhoIsNamedAlone) {
  const auto cors = Cors::Parse({"https://a.example", "http://[::1]:5173"});
  ASSERT_TRUE(cors);
  for (const auto* origin : {"https://a.example", "http://[::1]:5173"}) {
    EXPECT_TRUE(cors->Allows(Of({{"Origin", origin}}))) << origin;
  }
  for (const auto* origin :
       {"", "null", "http://a.example", "https://a.example:8443", "https://b.a.example",
        "https://a.example.evil", "https://A.example", "https://a.example/", "*"}) {
    EXPECT_FALSE(cors->Allows(Of({{"Origin", origin}}))) << origin;
  }
  EXPECT_FALSE(
      cors->Allows(Of({{"Origin", "https://a.example"}, {"Origin", "https://b.example"}})));
  EXPECT_FALSE(cors->Allows({}));
}

TEST(Cors, TellsTheBrowser) {
  const auto cors = *Cors::Parse({"https://a.example"});
  Response response;
  cors.AddTo(response, Of({{"Origin", "https://a.example"}}), "");
  EXPECT_EQ(Header(response, "Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(Header(response, "Vary"), "Origin");
  EXPECT_EQ(Header(response, "Access-Control-Allow-Methods"), "-");
  EXPECT_EQ(Header(response, "Access-Control-Allow-Credentials"), "-");
  Response preflight;
  cors.AddTo(preflight,
             Of({{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "PUT"}}),
             "PUT, OPTIONS");
  EXPECT_EQ(Header(preflight, "Access-Control-Allow-Methods"), "PUT, OPTIONS");
  EXPECT_NE(Header(preflight, "Access-Control-Allow-Headers").find("Authorization"),
            std::string::npos);
  EXPECT_EQ(Header(preflight, "Access-Control-Max-Age"), "600");
  Response stranger;
  cors.AddTo(stranger, Of({{"Origin", "https://b.example"}}), "");
  EXPECT_EQ(Header(stranger, "Access-Control-Allow-Origin"), "-");
  EXPECT_EQ(Header(stranger, "Vary"), "Origin");  // or a cache would give them another's answer
}

TEST(Cors, RefusesWhatNoBrowserWrites) {
  for (const auto* origin :
       {"", "*", "null", "a.example", "https://", "https://a.example/", "https://a.example/path",
        "https://A.example", "HTTPS://a.example", "https://a.example:443", "http://a.example:80",
        "https://*.example", "ftp://a.example", "https://a example", "https://:80",
        "https://user@a.example", "https://a.example:"}) {
    const auto cors = Cors::Parse({origin});
    ASSERT_FALSE(cors) << origin;
    EXPECT_TRUE(cors.error().message.starts_with("--cors-origin"));
  }
}

}  // namespace
}  // namespace heartbeat::server
