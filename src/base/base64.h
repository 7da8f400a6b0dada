#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace heartbeat::base {

// RFC 4648, section 4, padded and without line breaks.
[[nodiscard]] std::string Base64(std::span<const std::byte> bytes);

}  // namespace heartbeat::base
