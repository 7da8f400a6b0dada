#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "server/body_call.h"
#include "server/live_source.h"

namespace heartbeat::server {

// Waits for what comes of a LiveSource: no thread does, only a coroutine. Used on `strand` only.
class LiveCall final : public BodyCall, public std::enable_shared_from_this<LiveCall> {
 public:
  LiveCall(std::shared_ptr<LiveSource> source, const boost::asio::any_io_executor& strand);

  // Waits for as long as it takes: what does not happen is no fault of the server's.
  [[nodiscard]] boost::asio::awaitable<base::Result<std::string>> Next(
      std::chrono::milliseconds patience) override;
  void Cancel() override {
    cancelled_ = true;
    timer_.cancel();
  }

 private:
  void ListenToSource();

  const std::shared_ptr<LiveSource> source_;
  const boost::asio::any_io_executor strand_;
  boost::asio::steady_timer timer_;
  bool listens_ = false;
  bool cancelled_ = false;
};

}  // namespace heartbeat::server
