#include "server/failed_attempts.h"

#include <gtest/gtest.h>

namespace heartbeat::server {
namespace {

using namespace std::chrono_literals;
constexpr TokenBucket::Clock::time_point kStart{};

TEST(FailedAttempts, AreToldToWaitAfterTooMany) {
  FailedAttempts failed;
  for (int i = 0; i < FailedAttempts::kAtOnce; ++i) EXPECT_FALSE(failed.Note("192.0.2.1", kStart));
  EXPECT_EQ(failed.Note("192.0.2.1", kStart), 5);
  EXPECT_FALSE(failed.Note("192.0.2.2", kStart));
  EXPECT_FALSE(failed.Note("192.0.2.1", kStart + 5s));
  EXPECT_TRUE(failed.Note("192.0.2.1", kStart + 5s));
}

TEST(FailedAttempts, AreOneForANetworkOfIPv6) {
  FailedAttempts failed;
  for (int i = 0; i < FailedAttempts::kAtOnce; ++i) {
    EXPECT_FALSE(failed.Note("2001:db8::" + std::to_string(i + 1), kStart));
  }
  EXPECT_TRUE(failed.Note("2001:db8::ffff:1", kStart));
  EXPECT_FALSE(failed.Note("2001:db8:0:1::1", kStart));
}

TEST(FailedAttempts, TakeBoundedMemory) {
  FailedAttempts failed;
  for (std::size_t i = 0; i < 3 * FailedAttempts::kMaxAddresses; ++i) {
    const auto address = "10." + std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) +
                         "." + std::to_string(i & 255);
    EXPECT_FALSE(failed.Note(address, kStart));
  }
  EXPECT_LE(failed.count(), FailedAttempts::kMaxAddresses);
}

}  // namespace
}  // namespace heartbeat::server
