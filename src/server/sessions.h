#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace heartbeat::server {

struct SessionLimits {
  std::chrono::seconds idle = std::chrono::hours(1);       // without a request that needs it
  std::chrono::seconds absolute = std::chrono::hours(12);  // since it was begun: a long shift
  std::size_t most = 1024;  // at a time; one more ends the one that was idle for longest
};

// Who has logged in. A session is opened by a secret of its own, which is kept as its hash and in
// memory alone: a server that is started again knows none. Thread-safe.
class Sessions {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Sessions(SessionLimits limits = {}) : limits_(limits) {}

  // The secret: what the cookie holds.
  [[nodiscard]] std::string Begin(std::string_view key_id, Clock::time_point now);

  struct Found {
    std::string name;  // of the session, for Touch: its hash
    std::string key_id;
  };
  // nullopt where there is none, or it has expired; else it was used `now`.
  [[nodiscard]] std::optional<Found> Find(std::string_view secret, Clock::time_point now);
  // Whether the session of this name still lives; then it was used `now`.
  [[nodiscard]] bool Touch(std::string_view name, Clock::time_point now);
  void End(std::string_view secret);
  // Those whose keys are gone.
  void EndWhere(const std::function<bool(const std::string& key_id)>& is_gone);
  [[nodiscard]] std::size_t count() const;

 private:
  struct Session {
    std::string key_id;
    Clock::time_point begun;
    Clock::time_point used;
  };
  [[nodiscard]] bool HasExpired(const Session& session, Clock::time_point now) const;
  void MakeRoom(Clock::time_point now);

  const SessionLimits limits_;
  mutable std::mutex mutex_;
  // By the hash of their secrets: what a comparison's time could tell is of no use.
  std::map<std::string, Session, std::less<>> sessions_;
};

}  // namespace heartbeat::server
