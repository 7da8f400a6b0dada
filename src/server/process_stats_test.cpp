#include "server/process_stats.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

namespace heartbeat::server {
namespace {

TEST(ProcessStats, ReadsALineWhateverTheProgramIsCalled) {
  // Fields 14 and 15 are 250 and 50 ticks, 20 is 7 threads, 22 is 12345, 23 and 24 are memory.
  const auto parsed = ParseStatLine(
      "42 (a) b (c) S 1 42 42 0 -1 4194560 900 0 3 0 250 50 0 0 20 0 7 0 12345 104857600 2048 "
      "18446744073709551615 1 1 0 0 0 0 0",
      100, 4096);
  ASSERT_TRUE(parsed);
  EXPECT_DOUBLE_EQ(parsed->stats.cpu_s, 3);
  EXPECT_DOUBLE_EQ(parsed->stats.threads, 7);
  EXPECT_DOUBLE_EQ(parsed->start_ticks, 12345);
  EXPECT_DOUBLE_EQ(parsed->stats.virtual_bytes, 104857600);
  EXPECT_DOUBLE_EQ(parsed->stats.resident_bytes, 2048 * 4096);
  EXPECT_FALSE(ParseStatLine("", 100, 4096));
  EXPECT_FALSE(ParseStatLine("42 (name) S 1 2 3", 100, 4096));
  EXPECT_FALSE(ParseStatLine("42 (name) S 1 x 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21",
                             100, 4096));
}

TEST(ProcessStats, TellsOfThisProcess) {
  const auto before = ReadProcessStats();
  ASSERT_TRUE(before);
  const double now_s =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  // The machine's start is known to the second only.
  EXPECT_LT(before->start_time_s, now_s + 2);
  EXPECT_GT(before->start_time_s, now_s - 3600);
  EXPECT_GT(before->resident_bytes, 1 << 20);
  EXPECT_GT(before->virtual_bytes, before->resident_bytes);
  EXPECT_GE(before->open_descriptors, 3);
  EXPECT_GE(before->max_descriptors, before->open_descriptors);

  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  std::jthread thread([](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  // Time is counted in ticks of the system, and a busy machine may give us few.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  auto after = ReadProcessStats();
  while (after && after->cpu_s <= before->cpu_s && std::chrono::steady_clock::now() < end) {
    after = ReadProcessStats();
  }
  ASSERT_TRUE(after);
  EXPECT_EQ(after->open_descriptors, before->open_descriptors + 1);
  EXPECT_EQ(after->threads, before->threads + 1);
  EXPECT_GT(after->cpu_s, before->cpu_s);
}

}  // namespace
}  // namespace heartbeat::server
