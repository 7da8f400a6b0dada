#include "cli/in_order.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "base/parallel.h"

namespace heartbeat::cli {
namespace {

using testing::ElementsAre;

TEST(InOrder, HandsOnAsSoonAsAllBeforeAreThere) {
  std::vector<std::string> taken;
  InOrder<std::string> order(10, [&](const std::string& text) { taken.push_back(text); });
  order.Put(1, "b");
  EXPECT_THAT(taken, ElementsAre());
  order.Put(0, "a");
  EXPECT_THAT(taken, ElementsAre("a", "b"));
  order.Put(2, "c");
  EXPECT_THAT(taken, ElementsAre("a", "b", "c"));
}

TEST(InOrder, ManyThreadsOneOrder) {
  constexpr std::size_t kCount = 2000;
  std::vector<std::size_t> taken;
  InOrder<std::size_t> order(4, [&](std::size_t i) { taken.push_back(i); });
  base::ParallelFor(kCount, 8, [&](std::size_t i) {
    if (i % 97 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    order.Put(i, i);
  });
  ASSERT_EQ(taken.size(), kCount);
  for (std::size_t i = 0; i < kCount; ++i) ASSERT_EQ(taken[i], i);
}

TEST(InOrder, WhoIsTooFarAheadWaits) {
  std::atomic<int> put = 0;
  InOrder<int> order(2, [](int) {});
  std::jthread ahead([&] {
    order.Put(1, 1);
    ++put;
    order.Put(2, 2);  // two before it are not handed on: the window is full
    ++put;
  });
  while (put < 1) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(put, 1);
  order.Put(0, 0);
  ahead.join();
  EXPECT_EQ(put, 2);
}

}  // namespace
}  // namespace heartbeat::cli
