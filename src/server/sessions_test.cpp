#include "server/sessions.h"

#include <gtest/gtest.h>

namespace heartbeat::server {
namespace {

using namespace std::chrono_literals;
constexpr Sessions::Clock::time_point kStart{};

TEST(Sessions, AreFoundByTheirSecretAlone) {
  Sessions sessions;
  const auto one = sessions.Begin("key 1", kStart);
  const auto two = sessions.Begin("key 2", kStart);
  EXPECT_NE(one, two);
  EXPECT_EQ(sessions.Find(one, kStart)->key_id, "key 1");
  EXPECT_EQ(sessions.Find(two, kStart)->key_id, "key 2");
  // The name, which other parts of the server hold, opens nothing.
  EXPECT_FALSE(sessions.Find(sessions.Find(one, kStart)->name, kStart));
  EXPECT_FALSE(sessions.Find("", kStart));
  EXPECT_FALSE(sessions.Find(one.substr(1), kStart));
}

TEST(Sessions, EndWhenNobodyUsesThem) {
  Sessions sessions({.idle = 10min, .absolute = 1h, .most = 10});
  const auto secret = sessions.Begin("key", kStart);
  EXPECT_TRUE(sessions.Find(secret, kStart + 9min));
  EXPECT_TRUE(sessions.Find(secret, kStart + 18min));
  EXPECT_FALSE(sessions.Find(secret, kStart + 28min));
  EXPECT_EQ(sessions.count(), 0U);
}

TEST(Sessions, EndAfterAShiftHoweverMuchTheyAreUsed) {
  Sessions sessions({.idle = 10min, .absolute = 1h, .most = 10});
  const auto secret = sessions.Begin("key", kStart);
  for (auto at = 5min; at < 60min; at += 5min) EXPECT_TRUE(sessions.Find(secret, kStart + at));
  EXPECT_FALSE(sessions.Find(secret, kStart + 1h));
}

TEST(Sessions, AreKeptAliveByAStream) {
  Sessions sessions({.idle = 10min, .absolute = 1h, .most = 10});
  const auto secret = sessions.Begin("key", kStart);
  const auto name = sessions.Find(secret, kStart)->name;
  EXPECT_TRUE(sessions.Touch(name, kStart + 9min));
  EXPECT_TRUE(sessions.Touch(name, kStart + 18min));
  sessions.End(secret);
  EXPECT_FALSE(sessions.Touch(name, kStart + 18min));
  EXPECT_FALSE(sessions.Find(secret, kStart + 18min));
}

TEST(Sessions, EndWithTheirKey) {
  Sessions sessions;
  const auto one = sessions.Begin("key 1", kStart);
  const auto two = sessions.Begin("key 2", kStart);
  sessions.EndWhere([](const std::string& key_id) { return key_id == "key 1"; });
  EXPECT_FALSE(sessions.Find(one, kStart));
  EXPECT_TRUE(sessions.Find(two, kStart));
}

TEST(Sessions, AreOnlySoMany) {
  Sessions sessions({.idle = 10min, .absolute = 1h, .most = 3});
  const auto first = sessions.Begin("key", kStart);
  const auto second = sessions.Begin("key", kStart + 1s);
  const auto third = sessions.Begin("key", kStart + 2s);
  EXPECT_TRUE(sessions.Find(first, kStart + 3s));
  const auto fourth = sessions.Begin("key", kStart + 4s);
  EXPECT_EQ(sessions.count(), 3U);
  EXPECT_FALSE(sessions.Find(second, kStart + 4s));  // idle for longest
  for (const auto& secret : {first, third, fourth}) EXPECT_TRUE(sessions.Find(secret, kStart + 4s));
}

}  // namespace
}  // namespace heartbeat::server
