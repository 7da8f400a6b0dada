#pragma once

#include <chrono>

namespace heartbeat::server {

// How often something may be done: `capacity` times at once, and then as fast as tokens come back.
// By a clock that never jumps. Not thread-safe.
class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;
  // Full at `now`. `capacity` from 1; `tokens_per_s` over 0.
  TokenBucket(double capacity, double tokens_per_s, Clock::time_point now)
      : capacity_(capacity), tokens_per_s_(tokens_per_s), tokens_(capacity), filled_at_(now) {}

  // False where there is none; then nothing is taken.
  [[nodiscard]] bool Take(Clock::time_point now);
  // Until there is one: whole seconds, at least 1.
  [[nodiscard]] int RetryAfterSeconds(Clock::time_point now);
  [[nodiscard]] bool IsFull(Clock::time_point now) const;

 private:
  [[nodiscard]] double TokensAt(Clock::time_point now) const;
  void Fill(Clock::time_point now);

  double capacity_;
  double tokens_per_s_;
  double tokens_;
  Clock::time_point filled_at_;
};

}  // namespace heartbeat::server
