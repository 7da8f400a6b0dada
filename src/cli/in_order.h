#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace heartbeat::cli {

// Hands on the results of parallel work in the order of their indices, each as soon as all before
// it were handed on. Who is too far ahead waits, so that at most `window` results are kept however
// slow one of them is. The work must be started in ascending order, as base::ParallelFor does: then
// the one that all wait for is always being worked on.
template <typename T>
class InOrder {
 public:
  // `take` is called with one result after another, never two at once.
  InOrder(std::size_t window, std::function<void(const T&)> take)
      : window_(std::max<std::size_t>(window, 1)), take_(std::move(take)) {}

  // Each index of 0, 1, 2, ... once. Thread-safe.
  void Put(std::size_t index, T result) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return index < next_ + window_; });
    waiting_.emplace(index, std::move(result));
    for (auto first = waiting_.begin(); first != waiting_.end() && first->first == next_;
         first = waiting_.begin()) {
      take_(first->second);
      waiting_.erase(first);
      ++next_;
    }
    lock.unlock();
    moved_.notify_all();
  }

 private:
  const std::size_t window_;
  const std::function<void(const T&)> take_;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::map<std::size_t, T> waiting_;
  std::size_t next_ = 0;
};

}  // namespace heartbeat::cli
