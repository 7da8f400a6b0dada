#pragma once

#include <string>
#include <string_view>

namespace heartbeat::store {

// Well-formed UTF-8 without NUL (Unicode 15, table 3-7): each byte that belongs to none becomes
// U+FFFD.
[[nodiscard]] std::string ToValidUtf8(std::string_view text);

// A to Z as a to z; every other byte stays.
[[nodiscard]] std::string LowerAscii(std::string_view text);

// The form of base::NewId: 36 characters, hexadecimal digits in lower case and four '-'.
[[nodiscard]] bool IsId(std::string_view text);

// 64 hexadecimal digits in lower case: safe as a file's name.
[[nodiscard]] bool IsSha256(std::string_view text);

}  // namespace heartbeat::store
