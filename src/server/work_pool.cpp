#include "server/work_pool.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "base/log.h"
#include "server/compute_threads.h"

namespace heartbeat::server {

namespace {

// Jobs guard what they call themselves; what still comes out of one, as where there is no memory
// even to say so, must not end the process with all the others' work.
void Run(const std::function<void()>& job) {
  try {
    job();
  } catch (const std::exception& failure) {
    base::LogError(std::string("work failed and gave no answer: ") + failure.what());
  } catch (...) {
    base::LogError("work failed with an unknown exception and gave no answer");
  }
}

unsigned DefaultThreads() {
  const unsigned cores = std::thread::hardware_concurrency();
  const auto limit = MemoryLimitBytes();
  const unsigned threads = ComputeThreads(cores, limit);
  if (threads < cores) {
    base::LogInfo("computes in " + std::to_string(threads) +
                  (threads == 1 ? " thread" : " threads") + " and not one per core: the " +
                  std::to_string(*limit >> 20) +
                  " MiB that this process may take hold no more of the longest recordings "
                  "(--threads N asks for another number)");
  }
  return threads;
}

}  // namespace

WorkPool::WorkPool(unsigned threads, std::size_t max_queue) {
  const unsigned count = threads != 0 ? threads : DefaultThreads();
  capacity_ = count + max_queue;
  threads_.reserve(count);
  for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { Work(); });
}

WorkPool::~WorkPool() {
  std::deque<std::function<void()>> dropped;
  std::deque<std::function<void()>> dropped_idle;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
    dropped_idle.swap(idle_);
  }
  wake_.notify_all();
  dropped.clear();  // what they hold goes before the wait for those that run
  dropped_idle.clear();
  for (auto& thread : threads_) thread.join();
}

bool WorkPool::TrySubmit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || running_ + waiting_.size() >= capacity_) return false;
    waiting_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void WorkPool::Push(std::deque<std::function<void()>>& queue, std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    queue.push_back(std::move(job));
  }
  wake_.notify_one();
}

void WorkPool::Requeue(std::function<void()> job) { Push(waiting_, std::move(job)); }

void WorkPool::SubmitIdle(std::function<void()> job) { Push(idle_, std::move(job)); }

bool WorkPool::IsFull() const {
  const std::lock_guard lock(mutex_);
  return stopping_ || running_ + waiting_.size() >= capacity_;
}

PoolLoad WorkPool::Load() const {
  const std::lock_guard lock(mutex_);
  return {.waiting = waiting_.size(),
          .running = running_ + helping_,
          .capacity = capacity_,
          .threads = threads_.size()};
}

void WorkPool::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty() || !idle_.empty(); });
    if (stopping_) return;
    const bool helps = waiting_.empty();
    auto& queue = helps ? idle_ : waiting_;
    auto& count = helps ? helping_ : running_;
    auto job = std::move(queue.front());
    queue.pop_front();
    ++count;
    lock.unlock();
    Run(job);
    job = nullptr;  // what it holds goes before the place is free again
    lock.lock();
    --count;
  }
}

}  // namespace heartbeat::server
