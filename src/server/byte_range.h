#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace heartbeat::server {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // 0: nothing of what was asked for is there
  bool operator==(const ByteRange&) const = default;
};

// What a Range header asks of `size` bytes: "bytes=0-499", "bytes=500-" or "bytes=-500" (RFC 9110,
// 14.1.2). nullopt where it is to be ignored: another unit, more than one range, or malformed.
[[nodiscard]] std::optional<ByteRange> ParseByteRange(std::string_view header, std::uint64_t size);

}  // namespace heartbeat::server
