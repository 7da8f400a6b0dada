#include "evaluation/csv.h"

#include <utility>

namespace heartbeat::evaluation {

using base::ErrorCode;
using base::Fail;
using base::Result;

Result<std::vector<std::string>> SplitCsvLine(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted) {
      if (c != '"') {
        fields.back() += c;
      } else if (i + 1 < line.size() && line[i + 1] == '"') {
        fields.back() += '"';
        ++i;
      } else {
        quoted = false;
      }
    } else if (c == '"' && fields.back().empty()) {
      quoted = true;
    } else if (c == ',') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (quoted) return Fail(ErrorCode::kInvalidArgument, "a quoted field is not closed");
  return fields;
}

Result<CsvTable> CsvTable::Parse(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  CsvTable table;
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    auto fields = SplitCsvLine(line);
    if (!fields) {
      return Fail(ErrorCode::kInvalidArgument,
                  "line " + std::to_string(line_number) + ": " + fields.error().message);
    }
    if (table.columns_.empty()) {
      for (std::size_t i = 0; i < fields->size(); ++i) table.columns_.emplace((*fields)[i], i);
      if (table.columns_.size() != fields->size()) {
        return Fail(ErrorCode::kInvalidArgument, "the header names a column twice");
      }
      continue;
    }
    if (fields->size() != table.columns_.size()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "line " + std::to_string(line_number) + " has " + std::to_string(fields->size()) +
                      " fields, the header " + std::to_string(table.columns_.size()));
    }
    table.rows_.push_back(std::move(*fields));
    table.lines_.push_back(line_number);
  }
  return table;
}

const std::string& CsvTable::At(std::size_t row, const std::string& column) const {
  static const std::string kNone;
  const auto found = columns_.find(column);
  return found == columns_.end() ? kNone : rows_[row][found->second];
}

std::string QuoteCsv(std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(field);
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace heartbeat::evaluation
