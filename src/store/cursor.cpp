#include "store/cursor.h"

#include <charconv>
#include <cstddef>

#include "store/text.h"

namespace heartbeat::store {
namespace {

constexpr char kVersion = '1';
constexpr std::size_t kTimeDigits = 16;
constexpr std::size_t kIdDigits = 32;

}  // namespace

std::string EncodeCursor(const Position& position) {
  char digits[kTimeDigits];
  const auto [end, error] = std::to_chars(digits, digits + kTimeDigits, position.time_ms, 16);
  const std::string_view time(digits, end);
  std::string cursor(1, kVersion);
  cursor.append(kTimeDigits - time.size(), '0');
  cursor += time;
  for (const char c : position.id) {
    if (c != '-') cursor += c;
  }
  return cursor;
}

base::Result<Position> DecodeCursor(std::string_view cursor) {
  const auto bad = [] {
    return base::Fail(base::ErrorCode::kInvalidArgument,
                      "The cursor is not one that this server gave out; begin again without one.");
  };
  if (cursor.size() != 1 + kTimeDigits + kIdDigits || cursor.front() != kVersion) return bad();
  Position position;
  const auto time = cursor.substr(1, kTimeDigits);
  const auto [end, error] =
      std::from_chars(time.data(), time.data() + time.size(), position.time_ms, 16);
  if (error != std::errc() || end != time.data() + time.size()) return bad();
  const auto id = cursor.substr(1 + kTimeDigits);
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) position.id += '-';
    position.id += id[i];
  }
  // Capital digits and signs read as numbers too.
  if (!IsId(position.id) || position.time_ms < 0 || EncodeCursor(position) != cursor) return bad();
  return position;
}

}  // namespace heartbeat::store
