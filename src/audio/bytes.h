#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace heartbeat::audio {

// Reading numbers and tags out of a file that nobody vouches for: what lies past the end reads as 0
// and matches nothing, so that a parser cannot step outside whatever a file tells it.

using Bytes = std::span<const std::byte>;

// Unsigned integer of sizeof(T) bytes at `offset`, in the byte order of the file.
template <std::unsigned_integral T>
[[nodiscard]] T ReadInteger(Bytes bytes, std::size_t offset, std::endian order) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) {
    return 0;
  }
  T value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return order == std::endian::native ? value : std::byteswap(value);
}

[[nodiscard]] inline std::uint8_t ByteAt(Bytes bytes, std::size_t offset) {
  return offset < bytes.size() ? std::to_integer<std::uint8_t>(bytes[offset]) : 0;
}

// True if `tag` stands at `offset`.
[[nodiscard]] inline bool HasTag(Bytes bytes, std::size_t offset, std::string_view tag) {
  return offset <= bytes.size() && bytes.size() - offset >= tag.size() &&
         std::memcmp(bytes.data() + offset, tag.data(), tag.size()) == 0;
}

// The rest from `offset` on; empty past the end.
[[nodiscard]] inline Bytes From(Bytes bytes, std::size_t offset) {
  return offset < bytes.size() ? bytes.subspan(offset) : Bytes{};
}

}  // namespace heartbeat::audio
