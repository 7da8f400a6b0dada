#include "server/access.h"

#include <algorithm>
#include <utility>

namespace heartbeat::server {
namespace {

constexpr std::string_view kChallenge = "Bearer realm=\"HeartBeat AI\"";
constexpr double kSecondsPerMinute = 60;

std::string Challenge(std::string_view error, std::string_view more = {}) {
  return std::string(kChallenge).append(", error=\"").append(error).append("\"").append(more);
}

// Looks at every key, so that the time tells nothing of which one came near. An expired one opens
// nothing.
const ApiKey* FindByHash(const std::vector<ApiKey>& keys, const SecretHash& hash) {
  const ApiKey* found = nullptr;
  for (const auto& key : keys) {
    if (SameHash(key.hash, hash)) found = &key;
  }
  return found;
}

const ApiKey* InForce(const ApiKey* key) {
  return key == nullptr || key->IsExpired(std::chrono::system_clock::now()) ? nullptr : key;
}

const ApiKey* FindByText(const std::vector<ApiKey>& keys, std::string_view text) {
  return InForce(FindByHash(keys, HashSecret(text)));
}

const ApiKey* FindById(const std::vector<ApiKey>& keys, std::string_view id) {
  const auto found = std::ranges::find(keys, id, &ApiKey::id);
  return InForce(found == keys.end() ? nullptr : &*found);
}

AccessProblem NotLoggedIn(std::string detail) {
  return {.refusal = AccessRefusal::kUnauthorized,
          .detail = std::move(detail),
          .challenge = std::string(kChallenge)};
}

}  // namespace

base::Result<std::unique_ptr<Access>> Access::Open(std::filesystem::path key_file,
                                                   SessionLimits limits) {
  std::unique_ptr<Access> access(new Access(std::move(key_file), limits));
  if (const auto read = access->Reload(); !read) return base::Fail(read);
  return access;
}

base::Result<std::size_t> Access::Reload() {
  auto read = ReadKeys(key_file_);
  if (!read) return base::Fail(read);
  const Keys keys = std::make_shared<const std::vector<ApiKey>>(*std::move(read));
  const auto is_gone = [&](const std::string& id) {
    return std::ranges::find(*keys, id, &ApiKey::id) == keys->end();
  };
  {
    const std::lock_guard lock(mutex_);
    keys_ = keys;
    std::erase_if(rates_, [&](const auto& rate) { return is_gone(rate.first); });
  }
  sessions_.EndWhere(is_gone);
  return keys->size();
}

Access::Keys Access::KeysInForce() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

std::expected<Caller, AccessProblem> Access::Admit(const Credentials& credentials, Scope scope,
                                                   std::string_view client_address) {
  const auto keys = KeysInForce();
  Caller caller;
  const ApiKey* key = nullptr;
  if (credentials.key) {
    key = FindByText(*keys, *credentials.key);
    if (key == nullptr) return std::unexpected(Failed(client_address));
  } else if (credentials.session) {
    auto session = sessions_.Find(*credentials.session, Sessions::Clock::now());
    if (session) key = FindById(*keys, session->key_id);
    if (key == nullptr) {
      return std::unexpected(NotLoggedIn("the session has ended; log in again"));
    }
    caller.session = std::move(session->name);
  } else {
    return std::unexpected(
        NotLoggedIn("this needs an API key: send it as `Authorization: Bearer KEY` or `X-API-Key: "
                    "KEY`, or log in at the dashboard; `heartbeat keys add` makes one"));
  }
  caller.key_id = key->id;
  caller.name = key->name;
  if (const auto wait_s = TakeRequest(*key)) {
    return std::unexpected(
        AccessProblem{.refusal = AccessRefusal::kRateLimited,
                      .detail = "this key may ask " + std::to_string(*key->rate_per_minute) +
                                " times a minute; try again in " + std::to_string(*wait_s) + " s",
                      .challenge = {},
                      .retry_after_s = *wait_s,
                      .caller = std::move(caller)});
  }
  if (!key->scopes.Allows(scope)) {
    const std::string name(Name(scope));
    return std::unexpected(AccessProblem{
        .refusal = AccessRefusal::kForbidden,
        .detail = "this key may not do that: it lacks the right `" + name +
                  "`; whoever runs the server can make one that has it (heartbeat keys add)",
        .challenge = Challenge("insufficient_scope", ", scope=\"" + name + "\""),
        .retry_after_s = 0,
        .caller = std::move(caller)});
  }
  return caller;
}

bool Access::StillAllows(const Caller& caller, Scope scope) {
  const auto keys = KeysInForce();
  const ApiKey* key = FindById(*keys, caller.key_id);
  if (key == nullptr || !key->scopes.Allows(scope)) return false;
  return caller.session.empty() || sessions_.Touch(caller.session, Sessions::Clock::now());
}

std::expected<Access::LogIn, AccessProblem> Access::Begin(std::string_view key,
                                                          std::string_view client_address) {
  const auto keys = KeysInForce();
  const ApiKey* found = FindByText(*keys, key);
  if (found == nullptr) return std::unexpected(Failed(client_address));
  return LogIn{.session = sessions_.Begin(found->id, Sessions::Clock::now()), .key = *found};
}

void Access::End(const Credentials& credentials) {
  if (credentials.session) sessions_.End(*credentials.session);
}

std::optional<ApiKey> Access::Identify(const Credentials& credentials) {
  const auto keys = KeysInForce();
  const ApiKey* key = nullptr;
  if (credentials.key) {
    key = FindByText(*keys, *credentials.key);
  } else if (credentials.session) {
    const auto session = sessions_.Find(*credentials.session, Sessions::Clock::now());
    if (session) key = FindById(*keys, session->key_id);
  }
  if (key == nullptr) return std::nullopt;
  return *key;
}

AccessProblem Access::Failed(std::string_view client_address) {
  if (const auto wait_s = failed_.Note(client_address, TokenBucket::Clock::now())) {
    return {.refusal = AccessRefusal::kRateLimited,
            .detail = "too many keys that are none came from this address; try again in " +
                      std::to_string(*wait_s) + " s",
            .challenge = {},
            .retry_after_s = *wait_s};
  }
  auto problem = NotLoggedIn(
      "this is no key that the server knows, or it has expired; `heartbeat keys list` shows those "
      "that there are");
  problem.challenge = Challenge("invalid_token");
  return problem;
}

std::optional<int> Access::TakeRequest(const ApiKey& key) {
  if (!key.rate_per_minute) return std::nullopt;
  const int per_minute = *key.rate_per_minute;
  const auto now = TokenBucket::Clock::now();
  const std::lock_guard lock(mutex_);
  auto found = rates_.find(key.id);
  if (found == rates_.end() || found->second.per_minute != per_minute) {
    const TokenBucket full(per_minute, per_minute / kSecondsPerMinute, now);
    found = rates_.insert_or_assign(key.id, Rate{.per_minute = per_minute, .bucket = full}).first;
  }
  if (found->second.bucket.Take(now)) return std::nullopt;
  return found->second.bucket.RetryAfterSeconds(now);
}

}  // namespace heartbeat::server
