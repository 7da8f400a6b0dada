#include "server/latency_window.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace heartbeat::server {
namespace {

TEST(LatencyWindow, KnowsNothingBeforeTheFirst) {
  const LatencyWindow window(10);
  EXPECT_FALSE(window.Summarize());
  EXPECT_EQ(window.count(), 0U);
}

TEST(LatencyWindow, GivesTimesThatWereMeasured) {
  LatencyWindow window(1000);
  for (int i = 200; i >= 1; --i) window.Add(i);
  const auto summary = window.Summarize();
  ASSERT_TRUE(summary);
  EXPECT_DOUBLE_EQ(summary->mean_s, 100.5);
  EXPECT_DOUBLE_EQ(summary->p50_s, 100);
  EXPECT_DOUBLE_EQ(summary->p95_s, 190);
  EXPECT_DOUBLE_EQ(summary->p99_s, 198);
  LatencyWindow one(5);
  one.Add(0.25);
  EXPECT_DOUBLE_EQ(one.Summarize()->p50_s, 0.25);
  EXPECT_DOUBLE_EQ(one.Summarize()->p99_s, 0.25);
}

TEST(LatencyWindow, ForgetsTheOldest) {
  LatencyWindow window(3);
  for (const double duration_s : {100.0, 100.0, 1.0, 2.0, 3.0}) window.Add(duration_s);
  EXPECT_EQ(window.count(), 5U);
  EXPECT_DOUBLE_EQ(window.Summarize()->mean_s, 2);
  EXPECT_DOUBLE_EQ(window.Summarize()->p99_s, 3);
}

TEST(LatencyWindow, CountsFromManyThreads) {
  LatencyWindow window(7);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&window] {
      for (int j = 0; j < 1000; ++j) window.Add(1);
      EXPECT_DOUBLE_EQ(window.Summarize()->mean_s, 1);
    });
  }
  threads.clear();
  EXPECT_EQ(window.count(), 4000U);
}

}  // namespace
}  // namespace heartbeat::server
