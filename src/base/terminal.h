#pragma once

#include <cstddef>
#include <string_view>

namespace heartbeat::base {

[[nodiscard]] bool IsTerminal(int descriptor);

// Columns of the terminal behind `descriptor`; `otherwise` where there is none.
[[nodiscard]] std::size_t TerminalColumns(int descriptor, std::size_t otherwise = 80);

// Colour only on a terminal that knows it (TERM is not "dumb") and whose user did not forbid it
// (NO_COLOR is not set or empty; https://no-color.org).
[[nodiscard]] bool WantsColor(int descriptor);
// The same rule on values: `no_color` and `term` are the variables' values, empty where not set.
[[nodiscard]] bool WantsColor(bool is_terminal, std::string_view no_color, std::string_view term);

}  // namespace heartbeat::base
