#include "server/token_bucket.h"

#include <gtest/gtest.h>

namespace heartbeat::server {
namespace {

using namespace std::chrono_literals;

TEST(TokenBucket, GivesAFewAtOnceAndThenAsTheyComeBack) {
  const TokenBucket::Clock::time_point start{};
  TokenBucket bucket(3, 0.5, start);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.Take(start)) << i;
  EXPECT_FALSE(bucket.Take(start));
  EXPECT_EQ(bucket.RetryAfterSeconds(start), 2);
  EXPECT_FALSE(bucket.Take(start + 1900ms));
  EXPECT_EQ(bucket.RetryAfterSeconds(start + 1900ms), 1);
  EXPECT_TRUE(bucket.Take(start + 2s));
  EXPECT_FALSE(bucket.Take(start + 2s));
}

TEST(TokenBucket, HoldsNoMoreThanItsCapacity) {
  const TokenBucket::Clock::time_point start{};
  TokenBucket bucket(2, 1, start);
  EXPECT_TRUE(bucket.IsFull(start));
  EXPECT_TRUE(bucket.Take(start + 1h));
  EXPECT_FALSE(bucket.IsFull(start + 1h));
  EXPECT_TRUE(bucket.Take(start + 1h));
  EXPECT_FALSE(bucket.Take(start + 1h));
}

TEST(TokenBucket, IsNotMisledByAnEarlierMoment) {
  const TokenBucket::Clock::time_point start{};
  TokenBucket bucket(1, 1, start + 10s);
  EXPECT_TRUE(bucket.Take(start + 10s));
  EXPECT_FALSE(bucket.Take(start));
  EXPECT_FALSE(bucket.Take(start + 10s));
}

}  // namespace
}  // namespace heartbeat::server
