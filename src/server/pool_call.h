#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>

#include "server/message.h"
#include "server/router.h"
#include "server/work_pool.h"

namespace heartbeat::server {

// A request that the pool answers while a coroutine waits. Either side may give up first: shared by
// both.
class PoolCall {
 public:
  // nullptr where the pool is full. `route` must outlive the pool's jobs. The rest of this class is
  // used on `strand` only.
  [[nodiscard]] static std::shared_ptr<PoolCall> Start(WorkPool& pool, const Route& route,
                                                       std::shared_ptr<Request> request,
                                                       const boost::asio::any_io_executor& strand);
  explicit PoolCall(const boost::asio::any_io_executor& strand) : timer_(strand) {}

  // The answer; nullopt after Cancel, or after `patience` without it and without one more of its
  // pieces done. A job that has not begun by then never does,
  // and one that has finds request->abandoned set. Call once, at once after Start.
  [[nodiscard]] boost::asio::awaitable<std::optional<Response>> Wait(
      std::chrono::milliseconds patience);
  void Cancel() {
    cancelled_ = true;
    timer_.cancel();
  }

 private:
  boost::asio::steady_timer timer_;
  std::optional<Response> response_;
  bool cancelled_ = false;
  std::atomic<std::size_t> pieces_done_ = 0;
  std::stop_source abandoned_;
};

}  // namespace heartbeat::server
