#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "store/backend.h"

namespace heartbeat::store {

// Connections for reading, made when they are first needed.
class SessionPool {
 public:
  SessionPool(const Backend& backend, int max_sessions);
  ~SessionPool();

  // One connection for one caller, given back when the lease ends.
  class Lease {
   public:
    Lease(SessionPool& pool, std::unique_ptr<soci::session> session);
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();
    [[nodiscard]] soci::session& operator*() const { return *session_; }

   private:
    SessionPool& pool_;
    std::unique_ptr<soci::session> session_;
  };
  // Waits while all are taken. Throws what Backend::Connect throws.
  [[nodiscard]] Lease Acquire();

 private:
  void GiveBack(std::unique_ptr<soci::session> session);

  const Backend& backend_;
  const int max_sessions_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  std::vector<std::unique_ptr<soci::session>> idle_;
  int taken_ = 0;
};

}  // namespace heartbeat::store
