#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/credentials.h"
#include "server/failed_attempts.h"
#include "server/key_file.h"
#include "server/message.h"
#include "server/problem.h"
#include "server/scope.h"
#include "server/sessions.h"
#include "server/token_bucket.h"

namespace heartbeat::server {

// Who may ask what: the keys that are in force, who has logged in, and how often each asks.
// Thread-safe.
class Access {
 public:
  // Errors: those of ReadKeys.
  [[nodiscard]] static base::Result<std::unique_ptr<Access>> Open(std::filesystem::path key_file,
                                                                  SessionLimits limits = {});
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  // Takes what the file now has; the sessions of keys that are gone end. How many keys there are.
  // Errors: those of ReadKeys; then the keys stay that were in force.
  [[nodiscard]] base::Result<std::size_t> Reload();

  // Whether the caller may ask for what needs `scope`; counts as one request of the key.
  [[nodiscard]] std::expected<Caller, AccessProblem> Admit(const Credentials& credentials,
                                                           Scope scope,
                                                           std::string_view client_address);
  // Whether a caller that was admitted still would be; what lasts for long asks again and again.
  // Counts as use of a session, and as no request.
  [[nodiscard]] bool StillAllows(const Caller& caller, Scope scope);

  struct LogIn {
    std::string session;  // the secret, for the cookie
    ApiKey key;
  };
  [[nodiscard]] std::expected<LogIn, AccessProblem> Begin(std::string_view key,
                                                          std::string_view client_address);
  void End(const Credentials& credentials);
  // Whose credentials these are; nullopt where they open nothing. Counts as no request and no try.
  [[nodiscard]] std::optional<ApiKey> Identify(const Credentials& credentials);

 private:
  using Keys = std::shared_ptr<const std::vector<ApiKey>>;
  explicit Access(std::filesystem::path key_file, SessionLimits limits)
      : key_file_(std::move(key_file)), sessions_(limits) {}

  [[nodiscard]] Keys KeysInForce() const;
  [[nodiscard]] AccessProblem Failed(std::string_view client_address);
  // Of the key with this id, whose limit is `rate_per_minute`; how many seconds to wait where that
  // is reached.
  [[nodiscard]] std::optional<int> TakeRequest(const ApiKey& key);

  const std::filesystem::path key_file_;
  Sessions sessions_;
  FailedAttempts failed_;
  mutable std::mutex mutex_;
  Keys keys_ = std::make_shared<const std::vector<ApiKey>>();
  struct Rate {
    int per_minute;
    TokenBucket bucket;
  };
  std::map<std::string, Rate, std::less<>> rates_;  // by the id of the key
};

}  // namespace heartbeat::server
