#include "server/work_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <new>
#include <thread>

namespace heartbeat::server {
namespace {

TEST(WorkPool, RunsEveryJobOnce) {
  std::atomic<int> count = 0;
  std::promise<void> done;
  WorkPool pool(3, 100);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(pool.TrySubmit([&] {
      if (++count == 100) done.set_value();
    }));
  }
  done.get_future().wait();
  EXPECT_EQ(count, 100);
}

TEST(WorkPool, RefusesWhatDoesNotFit) {
  std::promise<void> gate;
  const auto open = gate.get_future().share();
  WorkPool pool(2, 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(pool.IsFull());
    EXPECT_TRUE(pool.TrySubmit([open] { open.wait(); }));
  }
  EXPECT_TRUE(pool.IsFull());
  const auto load = pool.Load();
  EXPECT_EQ(load.running + load.waiting, 3U);
  EXPECT_EQ(load.capacity, 3U);
  EXPECT_EQ(load.threads, 2U);
  EXPECT_FALSE(pool.TrySubmit([] {}));
  gate.set_value();
  while (pool.Load().running + pool.Load().waiting > 0) std::this_thread::yield();
  EXPECT_FALSE(pool.IsFull());
  EXPECT_TRUE(pool.TrySubmit([] {}));
}

TEST(WorkPool, FinishesWhatRunsAndDropsWhatWaits) {
  std::promise<void> started;
  std::atomic<bool> finished = false;
  std::atomic<bool> dropped_ran = false;
  const auto held = std::make_shared<int>(1);
  std::thread opener;
  std::promise<void> gate;
  {
    WorkPool pool(1, 1);
    ASSERT_TRUE(pool.TrySubmit([&] {
      started.set_value();
      gate.get_future().wait();
      finished = true;
    }));
    started.get_future().wait();
    ASSERT_TRUE(pool.TrySubmit([&dropped_ran, held] { dropped_ran = true; }));
    // Opened once the pool has let go of what waited, which is when it is being destroyed.
    opener = std::thread([&] {
      while (held.use_count() > 1) std::this_thread::yield();
      gate.set_value();
    });
  }
  opener.join();
  EXPECT_TRUE(finished);
  EXPECT_FALSE(dropped_ran);
}

TEST(WorkPool, OutlivesWorkThatThrows) {
  WorkPool pool(1, 10);
  ASSERT_TRUE(pool.TrySubmit([] { throw std::bad_alloc(); }));
  ASSERT_TRUE(pool.TrySubmit([] { throw 1; }));
  pool.SubmitIdle([] { throw std::bad_alloc(); });
  std::promise<void> done;
  ASSERT_TRUE(pool.TrySubmit([&] { done.set_value(); }));
  done.get_future().wait();
  while (pool.Load().running > 0) std::this_thread::yield();
  EXPECT_FALSE(pool.IsFull()) << "its place is free again";
}

}  // namespace
}  // namespace heartbeat::server
