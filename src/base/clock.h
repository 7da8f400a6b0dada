#pragma once

#include <chrono>
#include <string>

namespace heartbeat::base {

// "2026-01-31T12:00:00.123Z" (RFC 3339, UTC, milliseconds).
[[nodiscard]] std::string FormatUtc(std::chrono::system_clock::time_point time);

// Seconds since construction, by a clock that never jumps.
class Stopwatch {
 public:
  [[nodiscard]] double ElapsedSeconds() const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// "1 h 02 min", "3 min 07 s", "42 s": for progress lines. Negative and non-finite give "-".
[[nodiscard]] std::string FormatDuration(double seconds);

}  // namespace heartbeat::base
