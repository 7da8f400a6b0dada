#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace heartbeat::evaluation {

// A comma-separated table with a header line, its columns found by name. Fields are plain or quoted
// (RFC 4180); lines end in LF or CRLF; a byte-order mark and empty lines are skipped.
class CsvTable {
 public:
  // Errors: kInvalidArgument with the line's number (an open quote, a row of another length than
  // the header).
  [[nodiscard]] static base::Result<CsvTable> Parse(std::string_view text);

  [[nodiscard]] bool HasColumn(const std::string& name) const { return columns_.contains(name); }
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  // Empty where there is no such column.
  [[nodiscard]] const std::string& At(std::size_t row, const std::string& column) const;
  // 1-based line in the text, for messages.
  [[nodiscard]] std::size_t LineOf(std::size_t row) const { return lines_[row]; }

 private:
  std::map<std::string, std::size_t> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> lines_;
};

// The fields of one line. Errors: kInvalidArgument (an open quote).
[[nodiscard]] base::Result<std::vector<std::string>> SplitCsvLine(std::string_view line);

// `field`, quoted where it holds a comma, quote or line break.
[[nodiscard]] std::string QuoteCsv(std::string_view field);

}  // namespace heartbeat::evaluation
