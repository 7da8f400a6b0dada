#include "server/history_csv.h"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace heartbeat::server {
namespace {

constexpr std::array<std::string_view, 19> kColumns = {"id",
                                                       "timestamp",
                                                       "file_name",
                                                       "patient_ref",
                                                       "location",
                                                       "predicted_class",
                                                       "verdict",
                                                       "probability_abnormal",
                                                       "confidence",
                                                       "threshold_used",
                                                       "quality_ok",
                                                       "quality_reasons",
                                                       "duration_s",
                                                       "processing_time",
                                                       "sha256",
                                                       "model_name",
                                                       "model_version",
                                                       "model_sha256",
                                                       "label"};

std::string Quote(std::string_view cell) {
  if (cell.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(cell);
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string Number(double value) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end.ptr};
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string joined;
  for (const auto& line : lines) joined += (joined.empty() ? "" : "; ") + line;
  return joined;
}

template <typename Cells>
std::string Line(const Cells& cells) {
  std::string line;
  for (const auto& cell : cells) {
    if (!line.empty()) line += ',';
    line += cell;
  }
  return line += "\r\n";
}

}  // namespace

std::string ForeignCsvField(std::string_view text) {
  // No spreadsheet may run it.
  const bool is_formula =
      !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos;
  return Quote((is_formula ? "'" : "") + std::string(text));
}

std::string HistoryCsvHead() { return Line(kColumns); }

std::string HistoryCsvRow(const store::Prediction& prediction) {
  const auto& quality = prediction.quality;
  return Line(std::array<std::string, kColumns.size()>{
      prediction.id,
      base::FormatUtc(prediction.time),
      ForeignCsvField(prediction.file_name),
      ForeignCsvField(prediction.patient_ref.value_or("")),
      ForeignCsvField(prediction.location.value_or("")),
      std::string(store::Name(prediction.predicted_class)),
      std::string(store::Name(prediction.verdict)),
      Number(prediction.probability_abnormal),
      Number(prediction.confidence),
      Number(prediction.threshold),
      !quality      ? ""
      : quality->ok ? "true"
                    : "false",
      quality ? ForeignCsvField(Joined(quality->reasons)) : "",
      Number(prediction.duration_s),
      Number(prediction.processing_time_s),
      prediction.sha256,
      ForeignCsvField(prediction.model.name),
      ForeignCsvField(prediction.model.version),
      prediction.model.sha256,
      prediction.label ? std::string(store::Name(*prediction.label)) : "",
  });
}

base::Result<std::string> HistoryCsv::Next() {
  std::string rows;
  while (rows.empty() && !done_) {  // nothing would be taken for the end
    const auto page = next_page_(cursor_);
    if (!page) return base::Fail(page);
    cursor_ = page->next_cursor;
    done_ = cursor_.empty();
    for (const auto& prediction : page->predictions) rows += HistoryCsvRow(prediction);
  }
  return rows;
}

}  // namespace heartbeat::server
