#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/scope.h"
#include "server/secret.h"

namespace heartbeat::server {

// An API key: "hb_" and a secret, of which only the hash is kept.
struct ApiKey {
  using Time = std::chrono::sys_seconds;

  std::string id;     // 8 hexadecimal digits: names the key in lists, logs and the audit trail
  std::string name;   // what it is for, as whoever made it says; UTF-8 without control characters
  ScopeSet scopes;    // not empty
  SecretHash hash{};  // of the whole key, as clients send it
  Time created;
  std::optional<int> rate_per_minute;  // requests: 1..kMaxRate
  std::optional<Time> expires;         // from this moment on it opens nothing

  static constexpr int kMaxRate = 1'000'000;
  static constexpr std::size_t kMaxNameBytes = 200;
  [[nodiscard]] bool IsExpired(std::chrono::system_clock::time_point now) const {
    return expires && now >= *expires;
  }
};

inline constexpr std::string_view kKeyPrefix = "hb_";
// Of the file in a data folder.
inline constexpr std::string_view kKeyFileName = "keys.toml";

struct NewKey {
  ApiKey key;
  std::string text;  // what the client sends; kept nowhere
};
// `name`, `scopes`, `rate_per_minute` and `expires` of `wanted`. Errors: kInvalidArgument.
[[nodiscard]] base::Result<NewKey> MakeKey(const ApiKey& wanted);

// The file's content: TOML of version 1 (docs/keys.md). `file` stands in messages. Errors:
// kInvalidArgument, naming the line: for what is no TOML, what is missing, unknown or makes no
// sense, and for two keys with the same id or hash.
[[nodiscard]] base::Result<std::vector<ApiKey>> ParseKeys(std::string_view text,
                                                          std::string_view file);
[[nodiscard]] std::string FormatKeys(const std::vector<ApiKey>& keys);

// Errors: those of ParseKeys; kNotFound; kIo, also where others than its owner may write the file.
[[nodiscard]] base::Result<std::vector<ApiKey>> ReadKeys(const std::filesystem::path& file);

// Reads, lets `change` change, and writes what is then there, mode 0600, in one piece. Other
// programs that change the same file wait meanwhile (FILE.lock). A file that is missing is taken
// for one without keys, and made with its folder (0700). Errors: those of ReadKeys and of `change`;
// kIo, also where another program keeps the lock.
[[nodiscard]] base::Result<void> ChangeKeys(
    const std::filesystem::path& file,
    const std::function<base::Result<void>(std::vector<ApiKey>&)>& change);

}  // namespace heartbeat::server
