#include "cli/history_table.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "cli/text.h"

namespace heartbeat::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kTimeColumns = 16;
constexpr std::size_t kVerdictColumns = 12;
constexpr std::size_t kProbabilityColumns = 11;
constexpr std::size_t kLabelColumns = 8;
constexpr std::size_t kIdColumns = 36;
constexpr std::size_t kMostPatientColumns = 20;
constexpr std::size_t kFewestFileColumns = 12;
constexpr std::string_view kGap = "  ";

constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string_view ColorOf(store::Verdict verdict) {
  switch (verdict) {
    case store::Verdict::kNormal:
      return kGreen;
    case store::Verdict::kAbnormal:
      return kRed;
    case store::Verdict::kUncertain:
    case store::Verdict::kPoorQuality:
      break;
  }
  return kYellow;
}

std::string Words(std::string_view name) {
  std::string words(name);
  std::ranges::replace(words, '_', ' ');
  return words;
}

std::string Cell(std::string_view text, std::size_t columns) {
  return PadRight(KeepEnd(Printable(text), columns), columns);
}

// Text, a number or true and false as they are; nothing for what is not there.
std::string At(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end()) return {};
  if (found->is_string()) return Printable(found->get<std::string>());
  return found->is_primitive() && !found->is_null() ? found->dump() : std::string();
}

std::string Number(const json& object, const char* key, int decimals) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end() || !found->is_number()) return "-";
  return Fixed(found->get<double>(), decimals);
}

// "2026-01-31T12:00:00.123Z" for people.
std::string ReadableTime(std::string time) {
  std::ranges::replace(time, 'T', ' ');
  return time.size() > 19 ? time.substr(0, 19) + " UTC" : time;
}

std::string RecordingText(const json& recording) {
  std::string text = At(recording, "format");
  text += (text.empty() ? "" : ", ") + Number(recording, "duration_s", 1) + " s";
  if (const auto rate = At(recording, "sample_rate_hz"); !rate.empty()) text += ", " + rate + " Hz";
  if (At(recording, "truncated") == "true") text += ", cut off";
  return text;
}

std::string ModelText(const json& model) {
  return At(model, "name") + " " + At(model, "version") + " (" + At(model, "sha256") + ")";
}

// The items of an array, one a line below each other.
template <typename ToText>
std::vector<std::string> Lines(const json& object, const char* key, ToText to_text) {
  std::vector<std::string> lines;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return lines;
  for (const auto& item : *found) lines.push_back(to_text(item));
  return lines;
}

}  // namespace

std::string ShortTime(store::Time time) {
  auto text = base::FormatUtc(time).substr(0, kTimeColumns);
  std::ranges::replace(text, 'T', ' ');
  return text;
}

HistoryTable::HistoryTable(std::span<const store::Prediction> first, std::size_t columns,
                           bool color)
    : patient_columns_(std::string_view("patient").size()),
      file_columns_(std::string_view("file").size()),
      color_(color) {
  for (const auto& prediction : first) {
    const auto patient = DisplayWidth(Printable(prediction.patient_ref.value_or("")));
    patient_columns_ = std::clamp(patient, patient_columns_, kMostPatientColumns);
    file_columns_ = std::max(file_columns_, DisplayWidth(Printable(prediction.file_name)));
  }
  const auto others = kTimeColumns + kVerdictColumns + kProbabilityColumns + kLabelColumns +
                      patient_columns_ + kIdColumns + 6 * kGap.size();
  const auto left = columns > others ? columns - others : 0;
  file_columns_ = std::min(file_columns_, std::max(left, kFewestFileColumns));
}

std::string HistoryTable::Head() const {
  std::string row = PadRight("time (UTC)", kTimeColumns);
  row.append(kGap).append(PadRight("verdict", kVerdictColumns));
  row.append(kGap).append(PadLeft("P(abnormal)", kProbabilityColumns));
  row.append(kGap).append(PadRight("label", kLabelColumns));
  row.append(kGap).append(PadRight("patient", patient_columns_));
  row.append(kGap).append(PadRight("file", file_columns_));
  return row.append(kGap).append("id\n");
}

std::string HistoryTable::Row(const store::Prediction& prediction) const {
  const auto label = prediction.label ? store::Name(*prediction.label) : "-";
  std::string verdict = PadRight(Words(store::Name(prediction.verdict)), kVerdictColumns);
  if (color_) verdict = std::string(ColorOf(prediction.verdict)).append(verdict).append(kPlain);
  std::string row = PadRight(ShortTime(prediction.time), kTimeColumns);
  row.append(kGap).append(verdict);
  row.append(kGap).append(PadLeft(Fixed(prediction.probability_abnormal, 3), kProbabilityColumns));
  row.append(kGap).append(PadRight(std::string(label), kLabelColumns));
  row.append(kGap).append(Cell(prediction.patient_ref.value_or("-"), patient_columns_));
  row.append(kGap).append(Cell(prediction.file_name, file_columns_));
  return row.append(kGap).append(prediction.id).append("\n");
}

std::string PredictionText(const json& kept) {
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    text += PadRight(std::string(name), 12).append(kGap).append(value) + "\n";
  };
  const auto add_all = [&](std::string_view name, const std::vector<std::string>& lines) {
    for (const auto& line : lines) add(std::exchange(name, ""), line);
  };
  const auto part = [&](const char* key) { return kept.value(key, json::object()); };
  add("verdict", Words(At(kept, "verdict")) + "  P(abnormal) " +
                     Number(kept, "probability_abnormal", 3) + ", threshold " +
                     Number(kept, "threshold_used", 3));
  add("class", At(kept, "predicted_class") + ", confidence " + Number(kept, "confidence", 3));
  add("time", ReadableTime(At(kept, "timestamp")));
  add("file", At(kept, "file_name"));
  add("patient", At(kept, "patient_ref"));
  add("location", At(kept, "location"));
  add("recording", RecordingText(part("recording")));
  add("", At(part("recording"), "sha256"));
  add("model", ModelText(part("model")));
  if (const auto quality = part("quality"); quality.contains("ok")) {
    add("quality", At(quality, "ok") == "true" ? "good" : "poor");
    add_all("", Lines(quality, "reasons", [](const json& reason) {
              return reason.is_string() ? Printable(reason.get<std::string>()) : std::string();
            }));
  }
  add_all("windows", Lines(kept, "windows", [](const json& window) {
            return PadLeft(Number(window, "start_s", 1), 6) + " - " +
                   PadLeft(Number(window, "end_s", 1), 6) + " s  " +
                   Number(window, "probability_abnormal", 3);
          }));
  auto labels = Lines(kept, "labels", [](const json& label) {
    const auto comment = At(label, "comment");
    return PadRight(At(label, "label"), kLabelColumns) + "  " +
           ReadableTime(At(label, "timestamp")) + "  " + At(label, "by") +
           (comment.empty() ? "" : ": " + comment);
  });
  if (labels.empty()) labels.emplace_back("none");
  add_all("labels", labels);
  add("id", At(kept, "id"));
  return text;
}

}  // namespace heartbeat::cli
