#include "server/sessions.h"

#include <algorithm>

#include "server/secret.h"

namespace heartbeat::server {
namespace {

std::string NameOf(std::string_view secret) { return FormatHash(HashSecret(secret)); }

}  // namespace

std::string Sessions::Begin(std::string_view key_id, Clock::time_point now) {
  auto secret = NewSecret();
  const std::lock_guard lock(mutex_);
  MakeRoom(now);
  sessions_.emplace(NameOf(secret),
                    Session{.key_id = std::string(key_id), .begun = now, .used = now});
  return secret;
}

std::optional<Sessions::Found> Sessions::Find(std::string_view secret, Clock::time_point now) {
  auto name = NameOf(secret);
  if (!Touch(name, now)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(name);
  if (found == sessions_.end()) return std::nullopt;
  return Found{.name = std::move(name), .key_id = found->second.key_id};
}

bool Sessions::Touch(std::string_view name, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(name);
  if (found == sessions_.end()) return false;
  if (HasExpired(found->second, now)) {
    sessions_.erase(found);
    return false;
  }
  found->second.used = std::max(found->second.used, now);
  return true;
}

void Sessions::End(std::string_view secret) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(NameOf(secret));
}

void Sessions::EndWhere(const std::function<bool(const std::string& key_id)>& is_gone) {
  const std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [&](const auto& entry) { return is_gone(entry.second.key_id); });
}

std::size_t Sessions::count() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

bool Sessions::HasExpired(const Session& session, Clock::time_point now) const {
  return now - session.begun >= limits_.absolute || now - session.used >= limits_.idle;
}

void Sessions::MakeRoom(Clock::time_point now) {
  if (sessions_.size() < limits_.most) return;
  std::erase_if(sessions_, [&](const auto& entry) { return HasExpired(entry.second, now); });
  if (sessions_.size() < limits_.most) return;
  sessions_.erase(
      std::ranges::min_element(sessions_, {}, [](const auto& entry) { return entry.second.used; }));
}

}  // namespace heartbeat::server
