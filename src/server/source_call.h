#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "server/body_call.h"
#include "server/message.h"
#include "server/work_pool.h"

namespace heartbeat::server {

// Has the pool make what comes next of a body while a coroutine waits. Used on `strand` only.
class SourceCall final : public BodyCall, public std::enable_shared_from_this<SourceCall> {
 public:
  // `pool` must outlive the jobs.
  SourceCall(WorkPool& pool, std::shared_ptr<BodySource> source,
             const boost::asio::any_io_executor& strand);

  // As BodySource::Next, whose exceptions are kInternal. Errors besides: kCancelled after Cancel,
  // or after `patience` without the bytes; then it must not be called again.
  [[nodiscard]] boost::asio::awaitable<base::Result<std::string>> Next(
      std::chrono::milliseconds patience) override;
  void Cancel() override {
    cancelled_ = true;
    timer_.cancel();
  }

 private:
  WorkPool& pool_;
  const std::shared_ptr<BodySource> source_;
  const boost::asio::any_io_executor strand_;
  boost::asio::steady_timer timer_;
  std::optional<base::Result<std::string>> made_;
  bool cancelled_ = false;
};

}  // namespace heartbeat::server
