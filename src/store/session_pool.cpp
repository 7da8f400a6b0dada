#include "store/session_pool.h"

#include <soci/soci.h>

#include <utility>

namespace heartbeat::store {

SessionPool::SessionPool(const Backend& backend, int max_sessions)
    : backend_(backend), max_sessions_(max_sessions) {
  idle_.reserve(static_cast<std::size_t>(max_sessions));
}
SessionPool::~SessionPool() = default;

SessionPool::Lease::Lease(SessionPool& pool, std::unique_ptr<soci::session> session)
    : pool_(pool), session_(std::move(session)) {}
SessionPool::Lease::~Lease() { pool_.GiveBack(std::move(session_)); }

SessionPool::Lease SessionPool::Acquire() {
  std::unique_ptr<soci::session> session;
  {
    std::unique_lock lock(mutex_);
    given_back_.wait(lock, [this] { return taken_ < max_sessions_; });
    ++taken_;
    if (!idle_.empty()) {
      session = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (session == nullptr) {
    try {
      session = backend_.Connect();
    } catch (...) {
      GiveBack(nullptr);
      throw;
    }
  }
  return {*this, std::move(session)};
}

void SessionPool::GiveBack(std::unique_ptr<soci::session> session) {
  {
    const std::lock_guard lock(mutex_);
    --taken_;
    if (session != nullptr) idle_.push_back(std::move(session));
  }
  given_back_.notify_one();
}

}  // namespace heartbeat::store
