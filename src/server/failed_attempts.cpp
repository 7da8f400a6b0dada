#include "server/failed_attempts.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace heartbeat::server {
namespace {

std::string GroupOf(std::string_view address) {
  std::string text(address);
  in6_addr v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1 || IN6_IS_ADDR_V4MAPPED(&v6)) return text;
  std::memset(v6.s6_addr + 8, 0, 8);
  std::array<char, INET6_ADDRSTRLEN> group{};
  ::inet_ntop(AF_INET6, &v6, group.data(), group.size());
  return group.data();
}

}  // namespace

std::optional<int> FailedAttempts::Note(std::string_view address,
                                        TokenBucket::Clock::time_point now) {
  const auto group = GroupOf(address);
  const std::lock_guard lock(mutex_);
  auto found = buckets_.find(group);
  if (found == buckets_.end()) {
    if (buckets_.size() >= kMaxAddresses) {
      std::erase_if(buckets_, [&](const auto& entry) { return entry.second.IsFull(now); });
    }
    // Somebody has thousands of addresses: which of them is forgotten makes no difference.
    if (buckets_.size() >= kMaxAddresses) buckets_.erase(buckets_.begin());
    found = buckets_.emplace(group, TokenBucket(kAtOnce, kPerSecond, now)).first;
  }
  if (found->second.Take(now)) return std::nullopt;
  return found->second.RetryAfterSeconds(now);
}

std::size_t FailedAttempts::count() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size();
}

}  // namespace heartbeat::server
