#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "server/token_bucket.h"

namespace heartbeat::server {

// Counts what was tried in vain, by the address that it came from (of IPv6 its first 64 bits, which
// is what one customer has). In bounded memory. Thread-safe.
class FailedAttempts {
 public:
  static constexpr int kAtOnce = 20;
  static constexpr double kPerSecond = 0.2;
  static constexpr std::size_t kMaxAddresses = 4096;

  // Notes one more; after too many of them, how many seconds to wait.
  [[nodiscard]] std::optional<int> Note(std::string_view address,
                                        TokenBucket::Clock::time_point now);
  [[nodiscard]] std::size_t count() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, TokenBucket, std::less<>> buckets_;
};

}  // namespace heartbeat::server
