#include "server/credentials.h"

#include <gtest/gtest.h>

namespace heartbeat::server {
namespace {

Fields Of(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  Fields made;
  for (const auto& [name, value] : fields) made.Add(name, value);
  return made;
}

std::optional<std::string> Key(const Fields& fields) { return CredentialsOf(fields, "http").key; }

TEST(Credentials, TakeAKeyFromEitherHeader) {
  EXPECT_EQ(Key(Of({})), std::nullopt);
  EXPECT_EQ(Key(Of({{"Authorization", "Bearer hb_a"}})), "hb_a");
  EXPECT_EQ(Key(Of({{"authorization", "  bEARER   hb_a "}})), "hb_a");
  EXPECT_EQ(Key(Of({{"X-API-Key", " hb_b "}})), "hb_b");
  EXPECT_EQ(Key(Of({{"X-API-Key", "hb_b"}, {"Authorization", "Bearer hb_a"}})), "hb_a");
}

TEST(Credentials, LeaveAnotherSchemeToOthers) {
  EXPECT_EQ(Key(Of({{"Authorization", "Basic aGI="}})), std::nullopt);
  EXPECT_EQ(Key(Of({{"Authorization", "Basic aGI="}, {"X-API-Key", "hb_b"}})), "hb_b");
  EXPECT_EQ(Key(Of({{"Authorization", "Bearerhb_a"}})), std::nullopt);
}

TEST(Credentials, OpenNothingWhereTheyAreUnclear) {
  EXPECT_EQ(Key(Of({{"Authorization", "Bearer"}})), "");
  EXPECT_EQ(Key(Of({{"Authorization", "Bearer hb_a"}, {"Authorization", "Bearer hb_b"}})), "");
  EXPECT_EQ(Key(Of({{"X-API-Key", "hb_a"}, {"X-API-Key", "hb_b"}})), "");
}

TEST(Credentials, FindTheCookieAmongOthers) {
  const auto fields = Of({{"Cookie", "a=1; xheartbeat_session=2;heartbeat_session=mine ;b=3"},
                          {"Cookie", "__Host-heartbeat_session=secure"}});
  EXPECT_EQ(CredentialsOf(fields, "http").session, "mine");
  EXPECT_EQ(CredentialsOf(fields, "https").session, "secure");
  EXPECT_EQ(CredentialsOf(Of({{"Cookie", "heartbeat_session; a=b"}}), "http").session,
            std::nullopt);
  // Over https a name that any page of a sibling host could have set is not believed.
  EXPECT_EQ(CredentialsOf(Of({{"Cookie", "heartbeat_session=theirs"}}), "https").session,
            std::nullopt);
}

TEST(Credentials, KeepTheCookieFromScriptsAndOtherSites) {
  EXPECT_EQ(SessionCookie("s", "http"), "heartbeat_session=s; Path=/; HttpOnly; SameSite=Strict");
  EXPECT_EQ(SessionCookie("s", "https"),
            "__Host-heartbeat_session=s; Path=/; HttpOnly; SameSite=Strict; Secure");
  EXPECT_EQ(EndedSessionCookie("http"),
            "heartbeat_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

}  // namespace
}  // namespace heartbeat::server
