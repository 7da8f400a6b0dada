#pragma once

#include <chrono>
#include <string>

namespace heartbeat::server {

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), whatever the locale.
[[nodiscard]] std::string FormatHttpDate(std::chrono::system_clock::time_point time);

}  // namespace heartbeat::server
