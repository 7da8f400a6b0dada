#include "cli/prediction_output.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "cli/text.h"

namespace heartbeat::cli {
namespace {

using analysis::Prediction;
using analysis::Verdict;
using nlohmann::json;

constexpr std::size_t kVerdictColumns = 12;
constexpr std::size_t kProbabilityColumns = 11;
constexpr std::size_t kLengthColumns = 9;
constexpr std::string_view kGap = "  ";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string Dump(const json& value, int indent) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

json ToJson(const Outcome& outcome) {
  if (!outcome.prediction) {
    const base::Error& error = outcome.prediction.error();
    return {{"file_name", outcome.file},
            {"status", "error"},
            {"error", error.message},
            {"code", base::Name(error.code)}};
  }
  json object = analysis::ToJson(*outcome.prediction);
  object["status"] = "success";
  return object;
}

std::string ToCsv(const Outcome& outcome) {
  std::array<std::string, 8> fields;
  fields[0] = outcome.file;
  if (outcome.prediction) {
    const analysis::Analysis& analysis = outcome.prediction->analysis;
    const bool abnormal = analysis.CalledAbnormal();
    fields[1] = analysis::Name(abnormal ? Verdict::kAbnormal : Verdict::kNormal);
    fields[2] = analysis::Name(analysis.verdict);
    fields[3] = Fixed(analysis.probability_abnormal, 6);
    fields[4] =
        Fixed(abnormal ? analysis.probability_abnormal : 1 - analysis.probability_abnormal, 6);
    fields[5] = analysis.quality.ok ? "true" : "false";
    fields[6] = Fixed(outcome.prediction->duration_s, 3);
  } else {
    fields[7] = outcome.prediction.error().message;
  }
  return CsvRow(fields);
}

std::string_view ColorOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNormal:
      return kGreen;
    case Verdict::kAbnormal:
      return kRed;
    case Verdict::kUncertain:
    case Verdict::kPoorQuality:
      break;
  }
  return kYellow;
}

struct Cells {
  std::string file;
  std::string verdict;
  std::string probability;
  std::optional<std::string> murmur;  // of a model that says of murmurs
  std::string length;
  std::string note;
};

std::string TableRow(Cells cells) {
  std::string row;
  row.append(cells.file).append(kGap).append(cells.verdict).append(kGap);
  row.append(PadLeft(std::move(cells.probability), kProbabilityColumns)).append(kGap);
  if (cells.murmur)
    row.append(PadLeft(*std::move(cells.murmur), kMurmurColumns - kGap.size())).append(kGap);
  row.append(PadLeft(std::move(cells.length), kLengthColumns));
  if (!cells.note.empty()) row.append(kGap).append(cells.note);
  return row += '\n';
}

}  // namespace

std::string PredictionOutput::Head() const {
  switch (options_.format) {
    case Format::kJson:
      return "[\n";
    case Format::kJsonl:
      return {};
    case Format::kCsv:
      return "file,predicted_class,verdict,probability_abnormal,confidence,quality_ok,duration_s,"
             "error\r\n";
    case Format::kTable:
      break;
  }
  return TableRow({.file = PadRight("file", options_.file_columns),
                   .verdict = PadRight("verdict", kVerdictColumns),
                   .probability = "P(abnormal)",
                   .murmur = MurmurCell("P(murmur)"),
                   .length = "length",
                   .note = "note"});
}

std::string PredictionOutput::Between() const {
  return options_.format == Format::kJson ? ",\n" : std::string();
}

std::string PredictionOutput::Tail() const {
  return options_.format == Format::kJson ? "\n]\n" : std::string();
}

std::string PredictionOutput::Row(const Outcome& outcome) const {
  switch (options_.format) {
    case Format::kJson:
      return Dump(ToJson(outcome), 2);
    case Format::kJsonl:
      return Dump(ToJson(outcome), -1) + "\n";
    case Format::kCsv:
      return ToCsv(outcome);
    case Format::kTable:
      break;
  }
  const std::string file =
      PadRight(KeepEnd(Printable(outcome.file), options_.file_columns), options_.file_columns);
  const auto painted = [&](std::string_view verdict, std::string_view color) {
    std::string text = PadRight(std::string(verdict), kVerdictColumns);
    return options_.color ? std::string(color).append(text).append(kPlain) : text;
  };
  if (!outcome.prediction) {
    return TableRow({.file = file,
                     .verdict = painted("failed", kYellow),
                     .probability = "-",
                     .murmur = MurmurCell("-"),
                     .length = "-",
                     .note = Printable(outcome.prediction.error().message)});
  }
  const Prediction& prediction = *outcome.prediction;
  const analysis::Analysis& analysis = prediction.analysis;
  std::string note;
  for (const std::string& reason : analysis.quality.reasons) {
    note.append(note.empty() ? "" : "; ").append(reason);
  }
  return TableRow({.file = file,
                   .verdict = painted(analysis::Name(analysis.verdict), ColorOf(analysis.verdict)),
                   .probability = Fixed(analysis.probability_abnormal, 3),
                   .murmur = MurmurCell(analysis.murmur ? Fixed(analysis.murmur->present, 3) : "-"),
                   .length = Fixed(prediction.duration_s, 1) + " s",
                   .note = note});
}

std::optional<std::string> PredictionOutput::MurmurCell(std::string text) const {
  return options_.murmur ? std::optional(std::move(text)) : std::nullopt;
}

std::size_t FileColumns(std::span<const std::string> files, std::size_t columns) {
  constexpr std::size_t kNarrowest = 20;
  constexpr std::size_t kNoteColumns = 12;
  constexpr std::size_t kOthers =
      kVerdictColumns + kProbabilityColumns + kLengthColumns + kNoteColumns + 4 * kGap.size();
  std::size_t widest = std::string_view("file").size();
  for (const std::string& file : files) widest = std::max(widest, DisplayWidth(Printable(file)));
  return std::min(widest, columns > kOthers + kNarrowest ? columns - kOthers : kNarrowest);
}

void Tally::Add(const Outcome& outcome) {
  if (!outcome.prediction) {
    if (failed++ == 0) first_failure = outcome.file + ": " + outcome.prediction.error().message;
    return;
  }
  switch (outcome.prediction->analysis.verdict) {
    case Verdict::kNormal:
      ++normal;
      break;
    case Verdict::kAbnormal:
      ++abnormal;
      break;
    case Verdict::kUncertain:
      ++uncertain;
      break;
    case Verdict::kPoorQuality:
      ++poor_quality;
      break;
  }
}

void Tally::Add(const Tally& next) {
  if (failed == 0) first_failure = next.first_failure;
  normal += next.normal;
  abnormal += next.abnormal;
  uncertain += next.uncertain;
  poor_quality += next.poor_quality;
  failed += next.failed;
}

std::string Tally::ToText(double elapsed_s) const {
  const std::size_t heard = normal + abnormal + uncertain + poor_quality;
  std::string text =
      std::to_string(heard) + (heard == 1 ? " recording" : " recordings") + " heard in " +
      (elapsed_s < 10 ? Fixed(elapsed_s, 2) + " s" : base::FormatDuration(elapsed_s));
  if (heard > 0) {
    text += ": " + std::to_string(normal) + " normal, " + std::to_string(abnormal) + " abnormal";
    if (uncertain > 0) text += ", " + std::to_string(uncertain) + " uncertain";
    if (poor_quality > 0) text += ", " + std::to_string(poor_quality) + " to record again";
  }
  if (failed > 0) {
    text += "; " + std::to_string(failed) +
            (failed == 1 ? " failed: " : " failed, the first of them: ") + Printable(first_failure);
  }
  return text;
}

}  // namespace heartbeat::cli
