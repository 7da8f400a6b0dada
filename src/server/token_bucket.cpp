#include "server/token_bucket.h"

#include <algorithm>
#include <cmath>

namespace heartbeat::server {

double TokenBucket::TokensAt(Clock::time_point now) const {
  if (now <= filled_at_) return tokens_;
  const std::chrono::duration<double> passed = now - filled_at_;
  return std::min(capacity_, tokens_ + passed.count() * tokens_per_s_);
}

void TokenBucket::Fill(Clock::time_point now) {
  if (now <= filled_at_) return;  // threads may come in another order than they looked at the clock
  tokens_ = TokensAt(now);
  filled_at_ = now;
}

bool TokenBucket::Take(Clock::time_point now) {
  Fill(now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

int TokenBucket::RetryAfterSeconds(Clock::time_point now) {
  Fill(now);
  return std::max(1, static_cast<int>(std::ceil((1 - tokens_) / tokens_per_s_)));
}

bool TokenBucket::IsFull(Clock::time_point now) const { return TokensAt(now) >= capacity_; }

}  // namespace heartbeat::server
