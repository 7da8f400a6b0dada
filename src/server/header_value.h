#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heartbeat::server {

// A header value of the shape `value; name=token; name="quoted"` (Content-Type,
// Content-Disposition).
struct HeaderValue {
  std::string value;                                            // in lower case
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case

  // nullptr where it is missing.
  [[nodiscard]] const std::string* Find(std::string_view name) const;
};

// nullopt where the text does not have that shape, repeats a parameter or holds control characters.
// In quotes, `\"` and `\\` are unescaped and any other backslash is itself, because browsers that
// send a Windows path do not escape.
[[nodiscard]] std::optional<HeaderValue> ParseHeaderValue(std::string_view text);

// `UTF-8''%e2%82%ac%20rates` or `ISO-8859-1'en'%a3` (RFC 8187, 3.2) as UTF-8; nullopt where it is
// neither.
[[nodiscard]] std::optional<std::string> DecodeExtendedValue(std::string_view text);

// "%41" becomes "A". nullopt on a `%` without two hexadecimal digits.
[[nodiscard]] std::optional<std::string> PercentDecode(std::string_view text);

// ASCII only, whatever the locale.
[[nodiscard]] std::string ToLower(std::string_view text);
[[nodiscard]] bool EqualsIgnoringCase(std::string_view a, std::string_view b);
// Without spaces and tabs at both ends.
[[nodiscard]] std::string_view Trim(std::string_view text);

}  // namespace heartbeat::server
