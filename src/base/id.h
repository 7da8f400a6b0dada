#pragma once

#include <string>

namespace heartbeat::base {

// A UUID version 7 (RFC 9562, 5.7): 36 characters that sort by creation time, to the millisecond.
[[nodiscard]] std::string NewId();

}  // namespace heartbeat::base
