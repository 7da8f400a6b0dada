#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace heartbeat::store {

// Where a page ended: in the order of (time_ms, id), the last prediction that was shown.
struct Position {
  std::int64_t time_ms = 0;  // from 0
  std::string id;            // IsId
  bool operator==(const Position&) const = default;
};

// 49 characters that need no escaping in a URL: a version, the time and the id. Callers must not
// rely on what they say.
[[nodiscard]] std::string EncodeCursor(const Position& position);

// Exactly what EncodeCursor writes, and nothing else. Errors: kInvalidArgument.
[[nodiscard]] base::Result<Position> DecodeCursor(std::string_view cursor);

}  // namespace heartbeat::store
