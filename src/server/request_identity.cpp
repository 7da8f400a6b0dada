#include "server/request_identity.h"

#include <algorithm>

#include "base/id.h"

namespace heartbeat::server {
namespace {

constexpr std::size_t kMaxId = 128;
constexpr std::size_t kTraceParentLength = 55;  // of version 00: 2-32-16-2
constexpr std::size_t kSpanDigits = 16;

bool IsIdChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == ':' || c == '-';
}

bool IsLowerHex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == '0'; });
}

// A UUID's 128 bits as a trace id; those of its second half, of which only two are fixed, as a
// span's.
std::string NewTraceId() {
  auto id = base::NewId();
  std::erase(id, '-');
  return id;
}

// nullptr where the field is missing or stands there more than once.
const std::string* Only(const Fields& fields, std::string_view name) {
  return fields.Count(name) == 1 ? fields.Find(name) : nullptr;
}

}  // namespace

std::optional<TraceParent> ParseTraceParent(std::string_view text) {
  if (text.size() < kTraceParentLength) return std::nullopt;
  const auto version = text.substr(0, 2);
  if (!IsLowerHex(version) || version == "ff") return std::nullopt;
  if (text.size() > kTraceParentLength && (version == "00" || text[kTraceParentLength] != '-')) {
    return std::nullopt;
  }
  const auto trace = text.substr(3, 32);
  const auto parent = text.substr(36, kSpanDigits);
  const auto flags = text.substr(53, 2);
  if (text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  if (!IsLowerHex(trace) || !IsLowerHex(parent) || !IsLowerHex(flags)) return std::nullopt;
  if (IsZero(trace) || IsZero(parent)) return std::nullopt;
  return TraceParent{.trace_id = std::string(trace),
                     .parent_id = std::string(parent),
                     .flags = std::string(flags)};
}

RequestIdentity IdentityOf(const Fields& fields) {
  RequestIdentity identity;
  const auto* id = Only(fields, "X-Request-Id");
  const bool is_good =
      id != nullptr && !id->empty() && id->size() <= kMaxId && std::ranges::all_of(*id, IsIdChar);
  identity.id = is_good ? *id : base::NewId();
  const auto* header = Only(fields, "traceparent");
  if (auto parent = header == nullptr ? std::nullopt : ParseTraceParent(*header)) {
    const auto span = NewTraceId().substr(kSpanDigits);
    identity.trace_response = "00-" + parent->trace_id + "-" + span + "-" + parent->flags;
    identity.trace_id = std::move(parent->trace_id);
    identity.parent_id = std::move(parent->parent_id);
  } else {
    identity.trace_id = NewTraceId();
  }
  return identity;
}

}  // namespace heartbeat::server
