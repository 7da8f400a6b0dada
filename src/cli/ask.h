#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace heartbeat::cli {

// The line that whoever sits at the terminal answers, without spaces around it; nothing where
// standard input or standard error is none, and where the input ends.
[[nodiscard]] std::optional<std::string> Ask(std::string_view question);

}  // namespace heartbeat::cli
