#include "server/header_value.h"

#include <algorithm>

namespace heartbeat::server {
namespace {

constexpr std::string_view kBlank = " \t";

char LowerChar(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsControl(char c) {
  const auto code = static_cast<unsigned char>(c);
  return (code < 0x20 && c != '\t') || code == 0x7f;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = LowerChar(c);
  if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
  return -1;
}

std::optional<std::string> TakeQuoted(std::string_view& text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (c == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    value.push_back(text[i]);
  }
  return std::nullopt;
}

// Everything up to the next `;`.
std::string_view TakeToken(std::string_view& text) {
  const auto end = std::min(text.find(';'), text.size());
  const auto token = Trim(text.substr(0, end));
  text.remove_prefix(end);
  return token;
}

}  // namespace

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), LowerChar);
  return lower;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, LowerChar, LowerChar);
}

std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

const std::string* HeaderValue::Find(std::string_view name) const {
  const auto found = std::ranges::find(parameters, name, &decltype(parameters)::value_type::first);
  return found == parameters.end() ? nullptr : &found->second;
}

std::optional<HeaderValue> ParseHeaderValue(std::string_view text) {
  if (std::ranges::any_of(text, IsControl)) return std::nullopt;
  HeaderValue result;
  result.value = ToLower(TakeToken(text));
  if (result.value.empty()) return std::nullopt;
  while (!text.empty()) {
    text = Trim(text.substr(1));
    if (text.empty()) break;  // a `;` at the end is common and harmless
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    auto name = ToLower(Trim(text.substr(0, equals)));
    if (name.empty() || name.find_first_of(" \t;\"") != std::string::npos) return std::nullopt;
    if (result.Find(name) != nullptr) return std::nullopt;
    text = Trim(text.substr(equals + 1));
    std::string value;
    if (text.starts_with('"')) {
      auto quoted = TakeQuoted(text);
      if (!quoted) return std::nullopt;
      value = *std::move(quoted);
      text = Trim(text);
      if (!text.empty() && text.front() != ';') return std::nullopt;
    } else {
      value = TakeToken(text);
    }
    result.parameters.emplace_back(std::move(name), std::move(value));
  }
  return result;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

std::optional<std::string> DecodeExtendedValue(std::string_view text) {
  const auto first = text.find('\'');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find('\'', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto charset = text.substr(0, first);
  auto bytes = PercentDecode(text.substr(second + 1));
  if (!bytes || std::ranges::any_of(*bytes, IsControl)) return std::nullopt;
  if (EqualsIgnoringCase(charset, "utf-8")) return bytes;
  if (!EqualsIgnoringCase(charset, "iso-8859-1")) return std::nullopt;
  std::string utf8;
  for (const char c : *bytes) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      utf8.push_back(c);
    } else {  // Latin-1 is the first 256 code points, so two bytes are always enough
      utf8.push_back(static_cast<char>(0xC0 | (code >> 6)));
      utf8.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    }
  }
  return utf8;
}

}  // namespace heartbeat::server
