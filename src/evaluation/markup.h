#pragma once

#include <string>
#include <string_view>

namespace heartbeat::evaluation {

// `text` (UTF-8) as content of an element or of a quoted attribute. Control characters, which
// neither HTML nor XML can hold, become U+FFFD.
[[nodiscard]] std::string EscapeHtml(std::string_view text);

// `value` with `decimals` digits after the point, whatever the locale; "–" where it is not finite.
[[nodiscard]] std::string NumberText(double value, int decimals);

}  // namespace heartbeat::evaluation
