#include "server/key_file.h"

#include <sys/stat.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <thread>
#include <utility>

#include "base/file.h"
#include "server/folder_lock.h"
#include "server/header_value.h"
#include "server/private_folder.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kIdDigits = 8;
constexpr std::string_view kHashPrefix = "blake2b-256:";
constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{16} << 20;
constexpr std::chrono::seconds kLockPatience{10};
constexpr std::chrono::milliseconds kLockRetry{20};
constexpr std::string_view kHead =
    "# API keys of HeartBeat AI: `heartbeat keys` writes this file, and a server that runs reads "
    "it\n"
    "# again on SIGHUP. It holds hashes and no key.\n";

// What is wrong, and in which line of the file; caught in ParseKeys.
struct Fault {
  toml::source_region where;
  std::string what;
};

[[noreturn]] void Refuse(const toml::node& node, std::string what) {
  throw Fault{.where = node.source(), .what = std::move(what)};
}

bool IsName(std::string_view name) {
  return !Trim(name).empty() && name.size() <= ApiKey::kMaxNameBytes &&
         std::ranges::none_of(name, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
         });
}

constexpr std::string_view kNameFault =
    "`name` must say what the key is for, in 1 to 200 bytes without control characters";
constexpr std::string_view kScopesFault =
    "`scopes` must list one or more of \"predict\", \"read\", \"label\" and \"admin\"";
constexpr std::string_view kRateFault =
    "`rate_per_minute` must be a number of requests, 1 to 1000000";

const toml::node& Member(const toml::table& table, std::string_view name) {
  if (const auto* node = table.get(name)) return *node;
  Refuse(table, "a key lacks `" + std::string(name) + "`");
}

std::string Text(const toml::node& node, std::string_view fault) {
  if (const auto* text = node.as_string()) return text->get();
  Refuse(node, std::string(fault));
}

ApiKey::Time TimeOf(const toml::node& node, std::string_view name) {
  const auto refuse = [&]() {
    Refuse(node, "`" + std::string(name) +
                     "` must be a moment with its offset, such as 2026-01-31T12:00:00Z");
  };
  const auto* value = node.as_date_time();
  if (value == nullptr || !value->get().offset) refuse();
  const auto& [date, time, offset] = value->get();
  const auto day = std::chrono::year(date.year) / date.month / date.day;
  const ApiKey::Time moment = std::chrono::sys_days(day) + std::chrono::hours(time.hour) +
                              std::chrono::minutes(time.minute) +
                              std::chrono::seconds(time.second) -
                              std::chrono::minutes(offset->minutes);
  // What can be written with four digits, whatever its offset.
  constexpr ApiKey::Time kEnd = std::chrono::sys_days(std::chrono::year(9999) / 1 / 1);
  if (moment < ApiKey::Time() || moment >= kEnd) refuse();
  return moment;
}

ScopeSet ScopesOf(const toml::node& node) {
  const auto* list = node.as_array();
  if (list == nullptr || list->empty()) Refuse(node, std::string(kScopesFault));
  ScopeSet scopes;
  for (const auto& element : *list) {
    const auto scope = ParseScope(Text(element, kScopesFault));
    if (!scope) Refuse(element, std::string(kScopesFault));
    scopes.Add(*scope);
  }
  return scopes;
}

SecretHash HashOf(const toml::node& node) {
  constexpr std::string_view kFault =
      "`hash` must be \"blake2b-256:\" and 64 hexadecimal digits, as `heartbeat keys add` writes "
      "it";
  const auto text = Text(node, kFault);
  const auto hash =
      text.starts_with(kHashPrefix) ? ParseHash(text.substr(kHashPrefix.size())) : std::nullopt;
  if (!hash) Refuse(node, std::string(kFault));
  return *hash;
}

std::string IdOf(const toml::node& node) {
  constexpr std::string_view kFault = "`id` must be 8 hexadecimal digits";
  auto id = Text(node, kFault);
  const bool is_id =
      id.size() == kIdDigits && id.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_id) Refuse(node, std::string(kFault));
  return id;
}

ApiKey KeyOf(const toml::table& table) {
  constexpr std::array<std::string_view, 7> kKnown = {
      "id", "name", "scopes", "hash", "created", "rate_per_minute", "expires"};
  for (const auto& [name, node] : table) {
    if (std::ranges::find(kKnown, name.str()) == kKnown.end()) {
      Refuse(node, "a key has no `" + std::string(name.str()) + "`");
    }
  }
  ApiKey key;
  key.id = IdOf(Member(table, "id"));
  const auto& name = Member(table, "name");
  key.name = Text(name, kNameFault);
  if (!IsName(key.name)) Refuse(name, std::string(kNameFault));
  key.scopes = ScopesOf(Member(table, "scopes"));
  key.hash = HashOf(Member(table, "hash"));
  key.created = TimeOf(Member(table, "created"), "created");
  if (const auto* rate = table.get("rate_per_minute")) {
    const auto* number = rate->as_integer();
    if (number == nullptr || number->get() < 1 || number->get() > ApiKey::kMaxRate) {
      Refuse(*rate, std::string(kRateFault));
    }
    key.rate_per_minute = static_cast<int>(number->get());
  }
  if (const auto* expires = table.get("expires")) key.expires = TimeOf(*expires, "expires");
  return key;
}

std::vector<ApiKey> KeysOf(const toml::table& document) {
  const auto* version = document.get("version");
  if (version == nullptr) Refuse(document, "the file lacks `version = 1`");
  if (version->value<std::int64_t>() != kVersion) {
    Refuse(*version, "this program knows version 1 of the file alone");
  }
  for (const auto& [name, node] : document) {
    if (name != "version" && name != "key") {
      Refuse(node, "the file has no `" + std::string(name.str()) + "`");
    }
  }
  std::vector<ApiKey> keys;
  const auto* listed = document.get("key");
  if (listed == nullptr) return keys;
  const auto* tables = listed->as_array();
  if (tables == nullptr) Refuse(*listed, "keys stand under [[key]]");
  for (const auto& node : *tables) {
    const auto* table = node.as_table();
    if (table == nullptr) Refuse(node, "keys stand under [[key]]");
    auto key = KeyOf(*table);
    const bool is_double = std::ranges::any_of(keys, [&](const ApiKey& other) {
      return other.id == key.id || SameHash(other.hash, key.hash);
    });
    if (is_double) Refuse(*table, "two keys have the same `id` or `hash`");
    keys.push_back(std::move(key));
  }
  return keys;
}

// TOML's basic strings (1.0): what IsName lets through needs no more than this.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string FormatTime(ApiKey::Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::string LineOf(const toml::source_region& where, std::string_view file) {
  return std::string(file) + " line " + std::to_string(std::max(where.begin.line, 1U)) + ": ";
}

base::Result<FolderLock> AwaitLock(const std::filesystem::path& file) {
  const auto end = std::chrono::steady_clock::now() + kLockPatience;
  while (true) {
    auto lock = FolderLock::Take(file);
    if (!lock) return Fail(lock);
    if (*lock) return **std::move(lock);
    if (std::chrono::steady_clock::now() >= end) {
      return Fail(ErrorCode::kIo, "another program changes the keys and does not end: it holds " +
                                      file.string() + "; try again when it has ended");
    }
    std::this_thread::sleep_for(kLockRetry);
  }
}

}  // namespace

base::Result<NewKey> MakeKey(const ApiKey& wanted) {
  if (!IsName(wanted.name)) return Fail(ErrorCode::kInvalidArgument, std::string(kNameFault));
  if (wanted.scopes.empty()) return Fail(ErrorCode::kInvalidArgument, std::string(kScopesFault));
  const auto rate = wanted.rate_per_minute.value_or(1);
  if (rate < 1 || rate > ApiKey::kMaxRate) {
    return Fail(ErrorCode::kInvalidArgument, std::string(kRateFault));
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (wanted.IsExpired(now)) {
    return Fail(ErrorCode::kInvalidArgument, "the key would have expired already");
  }
  NewKey made{.key = wanted, .text = std::string(kKeyPrefix) + NewSecret()};
  made.key.id = NewName(kIdDigits / 2);
  made.key.hash = HashSecret(made.text);
  made.key.created = now;
  return made;
}

base::Result<std::vector<ApiKey>> ParseKeys(std::string_view text, std::string_view file) {
  try {
    return KeysOf(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return Fail(ErrorCode::kInvalidArgument, LineOf(error.source(), file) + "this is no TOML: " +
                                                 std::string(error.description()));
  } catch (const Fault& fault) {
    return Fail(ErrorCode::kInvalidArgument, LineOf(fault.where, file) + fault.what);
  }
}

std::string FormatKeys(const std::vector<ApiKey>& keys) {
  std::string text = std::string(kHead) + "version = " + std::to_string(kVersion) + "\n";
  for (const auto& key : keys) {
    std::string scopes;
    for (const auto scope : key.scopes.List()) {
      scopes += (scopes.empty() ? "" : ", ") + Quoted(Name(scope));
    }
    text += "\n[[key]]\nid = " + Quoted(key.id) + "\nname = " + Quoted(key.name) + "\nscopes = [" +
            scopes + "]\nhash = " + Quoted(std::string(kHashPrefix) + FormatHash(key.hash)) +
            "\ncreated = " + FormatTime(key.created) + "\n";
    if (key.rate_per_minute) {
      text += "rate_per_minute = " + std::to_string(*key.rate_per_minute) + "\n";
    }
    if (key.expires) text += "expires = " + FormatTime(*key.expires) + "\n";
  }
  return text;
}

base::Result<std::vector<ApiKey>> ReadKeys(const std::filesystem::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return Fail(ErrorCode::kNotFound,
                  "there is no file of keys " + file.string() + "; `heartbeat keys add` makes one");
    }
    return Fail(ErrorCode::kIo, "cannot read " + file.string() + ": " + std::strerror(errno));
  }
  // Whoever can write it can let themselves in.
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Fail(ErrorCode::kIo, "others than its owner may write " + file.string() +
                                    "; take that from them (chmod go-w), and look whether each "
                                    "of its keys is yours");
  }
  const auto text = base::ReadTextFile(file, kMaxFileBytes);
  if (!text) return Fail(text);
  return ParseKeys(*text, file.string());
}

base::Result<void> ChangeKeys(
    const std::filesystem::path& file,
    const std::function<base::Result<void>(std::vector<ApiKey>&)>& change) {
  if (auto made = MakeFolderOf(file); !made) return made;
  auto lock_file = file;
  lock_file += ".lock";
  const auto lock = AwaitLock(lock_file);
  if (!lock) return Fail(lock);
  auto keys = ReadKeys(file);
  if (!keys && keys.error().code == ErrorCode::kNotFound) keys = std::vector<ApiKey>();
  if (!keys) return Fail(keys);
  if (auto changed = change(*keys); !changed) return changed;
  return base::WriteFileAtomically(file, FormatKeys(*keys), base::Readers::kOwnerOnly);
}

}  // namespace heartbeat::server
