#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "base/result.h"

namespace heartbeat::server {

// What comes next of a body, while a coroutine waits. Used on the connection's strand only.
class BodyCall {
 public:
  virtual ~BodyCall() = default;
  // The next bytes; none: that was all. Errors besides those of the body's source: kCancelled after
  // Cancel; then it must not be called again.
  [[nodiscard]] virtual boost::asio::awaitable<base::Result<std::string>> Next(
      std::chrono::milliseconds patience) = 0;
  // Ends a Next that waits.
  virtual void Cancel() = 0;
};

}  // namespace heartbeat::server
