#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace heartbeat::server {

// "2026-01-31T12:00:00.123Z" or with an offset such as "+01:00" (RFC 3339), or a date alone, which
// is its first moment in UTC. Fractions beyond milliseconds are cut off. nullopt for anything else,
// for a day that no month has, and before 1970.
[[nodiscard]] std::optional<std::chrono::sys_time<std::chrono::milliseconds>> ParseRfc3339(
    std::string_view text);

}  // namespace heartbeat::server
