#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace heartbeat::cli {

// `text` as it may be shown on a terminal: bytes that are no UTF-8, control characters (a file name
// may hold escape sequences) and marks that reorder text become U+FFFD.
[[nodiscard]] std::string Printable(std::string_view text);

// Columns that printable UTF-8 takes on a terminal, one per code point. East Asian wide characters
// count as one, too: such a row is out of line, never wrong.
[[nodiscard]] std::size_t DisplayWidth(std::string_view text);

// Fills up with spaces to `columns`; a longer text stays as it is.
[[nodiscard]] std::string PadRight(std::string text, std::size_t columns);
[[nodiscard]] std::string PadLeft(std::string text, std::size_t columns);

// The end of a text that is wider than `columns`, with "…" before it: of a path the end tells more.
[[nodiscard]] std::string KeepEnd(std::string_view text, std::size_t columns);

// Fields joined by commas, quoted where they must be, ended with "\r\n" (RFC 4180).
[[nodiscard]] std::string CsvRow(std::span<const std::string> fields);

// `value` with `decimals` digits after the point, whatever the locale; "nan" and "inf" by name.
[[nodiscard]] std::string Fixed(double value, int decimals);

}  // namespace heartbeat::cli
