#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace heartbeat::server {

struct PoolLoad {
  std::size_t waiting = 0;  // jobs in the queue
  std::size_t running = 0;
  std::size_t capacity = 0;  // jobs of both kinds; the next is refused
  std::size_t threads = 0;
};

// Threads that compute, so that those that move bytes never do. Bounded: what does not fit is
// refused at once instead of making everyone wait.
class WorkPool {
 public:
  // `threads`: 0 is one per core. `max_queue`: jobs that may wait while every thread is busy.
  WorkPool(unsigned threads, std::size_t max_queue);
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;
  // Finishes what runs, drops what waits.
  ~WorkPool();

  // False where the pool is full; `job` is then not kept. `job` must not throw.
  [[nodiscard]] bool TrySubmit(std::function<void()> job);
  [[nodiscard]] bool IsFull() const;
  // Lets others have their turn: for a job that runs, once and as the last thing it does. `job` is
  // its rest, which waits behind those that wait already, and keeps its place in the pool. Also for
  // what an answer that has begun still needs, which comes too late to be refused.
  void Requeue(std::function<void()> job);
  // For work that helps a job along: runs only while nothing waits. Such jobs are not counted, so
  // whoever brings them bounds their number.
  void SubmitIdle(std::function<void()> job);
  [[nodiscard]] PoolLoad Load() const;

 private:
  void Work();
  void Push(std::deque<std::function<void()>>& queue, std::function<void()> job);

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  std::deque<std::function<void()>> idle_;  // taken while nothing waits
  std::size_t running_ = 0;                 // of those that came through the queue
  std::size_t helping_ = 0;                 // of the others
  std::size_t capacity_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace heartbeat::server
