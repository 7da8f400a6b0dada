#include "server/foreign_page.h"

#include <gtest/gtest.h>

namespace heartbeat::server {
namespace {

bool IsForeign(ActsBy acts_by,
               std::initializer_list<std::pair<std::string_view, std::string_view>> fields,
               std::string_view scheme = "http", std::string_view host = "clinic.example:8000") {
  Fields made;
  for (const auto& [name, value] : fields) made.Add(name, value);
  return IsOfForeignPage(made, acts_by, scheme, host);
}

TEST(ForeignPage, IsWhatTheBrowserCallsSo) {
  for (const auto acts_by : {ActsBy::kReach, ActsBy::kCookie}) {
    EXPECT_FALSE(IsForeign(acts_by, {{"Sec-Fetch-Site", "same-origin"}}));
    EXPECT_FALSE(IsForeign(acts_by, {{"Sec-Fetch-Site", "none"}}));
    EXPECT_FALSE(IsForeign(acts_by, {}));  // a program
    // Another port of the same machine is the same site, and gets the cookie.
    EXPECT_TRUE(IsForeign(acts_by, {{"Sec-Fetch-Site", "same-site"}}));
    EXPECT_TRUE(IsForeign(acts_by, {{"Sec-Fetch-Site", "cross-site"}}));
    EXPECT_TRUE(IsForeign(acts_by, {{"Sec-Fetch-Site", "new-word"}}));
  }
}

TEST(ForeignPage, IsKnownByItsOriginWhereTheBrowserSaysNoMore) {
  for (const auto* own : {"http://clinic.example:8000", "http://CLINIC.example:8000"}) {
    EXPECT_FALSE(IsForeign(ActsBy::kCookie, {{"Origin", own}})) << own;
  }
  for (const auto* other : {"null", "", "http://clinic.example", "https://clinic.example:8000",
                            "http://clinic.example:8001", "http://clinic.example:8000.evil"}) {
    EXPECT_TRUE(IsForeign(ActsBy::kCookie, {{"Origin", other}})) << other;
  }
  EXPECT_FALSE(IsForeign(ActsBy::kCookie, {{"Origin", "https://a"}}, "https", "a:443"));
  EXPECT_FALSE(IsForeign(ActsBy::kCookie, {{"Origin", "https://a"}}, "https", "a"));
  EXPECT_TRUE(IsForeign(ActsBy::kCookie, {{"Origin", "https://a"}}, "http", "a"));
  // A proxy may not have told the host, and nobody has to log in.
  EXPECT_FALSE(IsForeign(ActsBy::kReach, {{"Origin", "http://other"}}));
}

TEST(ForeignPage, MayUseAKeyThatItKnows) {
  EXPECT_FALSE(IsForeign(ActsBy::kKey, {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://b"}}));
}

TEST(ForeignPage, MayLook) {
  for (const auto* method : {"GET", "HEAD", "OPTIONS"}) EXPECT_FALSE(MayChangeSomething(method));
  for (const auto* method : {"POST", "PUT", "DELETE", "PATCH", "get"}) {
    EXPECT_TRUE(MayChangeSomething(method));
  }
}

}  // namespace
}  // namespace heartbeat::server
