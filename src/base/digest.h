#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace heartbeat::base {

// SHA-256 as 64 lower-case hexadecimal digits.
[[nodiscard]] std::string Sha256Hex(std::span<const std::byte> bytes);

}  // namespace heartbeat::base
