#include "server/rfc3339.h"

namespace heartbeat::server {
namespace {

using std::chrono::milliseconds;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes what a time consists of from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<int> Number(std::size_t digits) {
    if (text_.size() < digits) return std::nullopt;
    int number = 0;
    for (const char c : text_.substr(0, digits)) {
      if (!IsDigit(c)) return std::nullopt;
      number = number * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return number;
  }

  // As Number, up to `limit`, after `before`.
  std::optional<int> Part(char before, int limit) {
    if (!Take(before)) return std::nullopt;
    const auto number = Number(2);
    return number && *number <= limit ? number : std::nullopt;
  }

  bool Take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  // ".5" is 500 ms, no point none at all.
  std::optional<milliseconds> Fraction() {
    if (!Take('.')) return milliseconds(0);
    int value = 0;
    int weight = 100;
    std::size_t digits = 0;
    while (digits < text_.size() && IsDigit(text_[digits])) {
      value += (text_[digits++] - '0') * weight;
      weight /= 10;
    }
    text_.remove_prefix(digits);
    return digits == 0 ? std::nullopt : std::optional(milliseconds(value));
  }

  std::optional<std::chrono::minutes> Offset() {
    if (Take('Z') || Take('z')) return std::chrono::minutes(0);
    const int sign = text_.starts_with('-') ? -1 : 1;
    const auto hours = Part(sign < 0 ? '-' : '+', 23);
    const auto minutes = hours ? Part(':', 59) : std::nullopt;
    if (!minutes) return std::nullopt;
    return sign * (std::chrono::hours(*hours) + std::chrono::minutes(*minutes));
  }

  [[nodiscard]] bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
};

std::optional<std::chrono::sys_days> ReadDay(Reader& reader) {
  const auto year = reader.Number(4);
  const auto month = year ? reader.Part('-', 12) : std::nullopt;
  const auto day = month ? reader.Part('-', 31) : std::nullopt;
  if (!day || *year < 1970) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

}  // namespace

std::optional<std::chrono::sys_time<milliseconds>> ParseRfc3339(std::string_view text) {
  Reader reader(text);
  const auto day = ReadDay(reader);
  if (!day || reader.done()) return day;
  if (!reader.Take('T') && !reader.Take('t') && !reader.Take(' ')) return std::nullopt;
  const auto hours = reader.Number(2);
  if (!hours || *hours > 23) return std::nullopt;
  const auto minutes = reader.Part(':', 59);
  const auto seconds = minutes ? reader.Part(':', 60) : std::nullopt;  // 60: a leap second
  if (!seconds) return std::nullopt;
  const auto fraction = reader.Fraction();
  const auto offset = fraction ? reader.Offset() : std::nullopt;
  if (!offset || !reader.done()) return std::nullopt;
  const std::chrono::sys_time<milliseconds> time =
      *day + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
      std::chrono::seconds(*seconds) + *fraction - *offset;
  if (time.time_since_epoch() < milliseconds(0)) return std::nullopt;
  return time;
}

}  // namespace heartbeat::server
