#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace heartbeat::base {
namespace {

TEST(ParallelFor, CallsEachIndexOnce) {
  for (const unsigned threads : {0U, 1U, 4U, 300U}) {
    std::vector<std::atomic<int>> calls(257);
    ParallelFor(calls.size(), threads, [&](std::size_t i) { ++calls[i]; });
    for (const auto& n : calls) EXPECT_EQ(n, 1);
  }
}

TEST(ParallelFor, NothingToDo) {
  ParallelFor(0, 4, [](std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace heartbeat::base
