#include "evaluation/markup.h"

#include <array>
#include <charconv>
#include <cmath>

namespace heartbeat::evaluation {

std::string EscapeHtml(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
          html += "\xEF\xBF\xBD";
        } else {
          html += c;
        }
    }
  }
  return html;
}

std::string NumberText(double value, int decimals) {
  if (!std::isfinite(value)) return "–";
  std::array<char, 400> text;  // the largest double has 309 digits before the point
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, decimals);
  std::string number(text.data(), end.ptr);
  // What rounds to nothing has no sign.
  if (number.starts_with('-') && number.find_first_of("123456789") == std::string::npos) {
    number.erase(0, 1);
  }
  return number;
}

}  // namespace heartbeat::evaluation
