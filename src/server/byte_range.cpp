#include "server/byte_range.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "server/header_value.h"

namespace heartbeat::server {
namespace {

// What is too large for 64 bits is behind the end of everything.
std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() ? number : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

std::optional<ByteRange> ParseByteRange(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!EqualsIgnoringCase(header.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  const auto range = Trim(header.substr(kUnit.size()));
  const auto dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first_text = range.substr(0, dash);
  const auto last_text = range.substr(dash + 1);
  const auto last = ParseNumber(last_text);
  if (!last && !last_text.empty()) return std::nullopt;
  if (first_text.empty()) {  // the last so many
    if (!last) return std::nullopt;
    const auto length = std::min(*last, size);
    return ByteRange{.offset = size - length, .length = length};
  }
  const auto first = ParseNumber(first_text);
  if (!first || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return ByteRange{.offset = size, .length = 0};
  const auto end = last && *last < size ? *last + 1 : size;
  return ByteRange{.offset = *first, .length = end - *first};
}

}  // namespace heartbeat::server
