#include "evaluation/predictions_csv.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "evaluation/csv.h"

namespace heartbeat::evaluation {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr std::array kVerdicts = {"normal", "abnormal", "uncertain", "poor_quality"};

std::string_view SetName(const PredictionSet& set) {
  if (set.normal) return set.abnormal ? "both" : "normal";
  return set.abnormal ? "abnormal" : "none";
}

// Digits that read back as the same number: figures of a resumed evaluation are those of one that
// was never stopped.
std::string Exact(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string Seconds(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4f", value);
  return text.data();
}

// Reads fields of one row, and remembers the first that makes no sense.
class Row {
 public:
  Row(const CsvTable& table, std::size_t row) : table_(table), row_(row) {}

  [[nodiscard]] const std::string& Text(const char* column) const {
    return table_.At(row_, column);
  }

  // `value` stays as it is where the field is empty.
  void Number(const char* column, double low, double high, double& value) {
    const std::string& text = Text(column);
    if (text.empty()) return;
    double number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || !(number >= low && number <= high)) {
      Refuse(column);
    } else {
      value = number;
    }
  }

  void Refuse(const char* column) {
    if (!fault_.empty()) return;
    fault_ = "line " + std::to_string(table_.LineOf(row_)) + ": " + column + " \"" + Text(column) +
             "\" makes no sense";
  }

  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  const CsvTable& table_;
  std::size_t row_;
  std::string fault_;
};

ScoredEntry ParseRow(Row& row) {
  ScoredEntry scored;
  scored.entry.record = row.Text("record");
  scored.entry.database = row.Text("database");
  scored.entry.patient = row.Text("patient");
  scored.entry.split = row.Text("split");
  scored.fold = row.Text("fold");
  scored.error = row.Text("error");
  const std::string& label = row.Text("label");
  for (const Label known : {Label::kNormal, Label::kAbnormal}) {
    if (label == Name(known)) scored.entry.label = known;
  }
  if (!scored.entry.label && !label.empty()) row.Refuse("label");
  if (!scored.IsHeard()) return scored;

  scored.probability_abnormal = NAN;
  row.Number("probability_abnormal", 0, 1, scored.probability_abnormal);
  if (std::isnan(scored.probability_abnormal)) row.Refuse("probability_abnormal");
  constexpr double kAny = 1e300;
  row.Number("logit", -kAny, kAny, scored.mean_logit);
  row.Number("threshold", 0, 1, scored.threshold);
  row.Number("processing_time_s", 0, kAny, scored.processing_time_s);
  scored.verdict = row.Text("verdict");
  if (scored.verdict.empty()) scored.verdict = scored.CalledAbnormal() ? "abnormal" : "normal";
  bool known = false;
  for (const char* verdict : kVerdicts) known = known || scored.verdict == verdict;
  if (!known) row.Refuse("verdict");
  const std::string& set = row.Text("prediction_set");
  if (set.empty()) return scored;
  for (const PredictionSet choice :
       {PredictionSet{false, false}, {true, false}, {false, true}, {true, true}}) {
    if (set == SetName(choice)) scored.prediction_set = choice;
  }
  if (!scored.prediction_set) row.Refuse("prediction_set");
  return scored;
}

}  // namespace

std::string ToCsv(std::span<const ScoredEntry> scored) {
  std::string csv =
      "record,database,patient,label,split,fold,probability_abnormal,logit,threshold,verdict,"
      "prediction_set,processing_time_s,error\n";
  for (const ScoredEntry& item : scored) {
    const DatasetEntry& entry = item.entry;
    csv += QuoteCsv(entry.record) + ',' + QuoteCsv(entry.database) + ',' + QuoteCsv(entry.patient) +
           ',' + std::string(entry.label ? Name(*entry.label) : "") + ',' + QuoteCsv(entry.split) +
           ',' + QuoteCsv(item.fold) + ',';
    if (item.IsHeard()) {
      csv += Exact(item.probability_abnormal) + ',' + Exact(item.mean_logit) + ',' +
             Exact(item.threshold) + ',' + item.verdict + ',' +
             std::string(item.prediction_set ? SetName(*item.prediction_set) : "") + ',' +
             Seconds(item.processing_time_s) + ",\n";
    } else {
      csv += ",,,,,," + QuoteCsv(item.error) + '\n';
    }
  }
  return csv;
}

Result<std::vector<ScoredEntry>> ParsePredictions(std::string_view csv) {
  const auto table = CsvTable::Parse(csv);
  if (!table) return Fail(table);
  for (const char* column : {"database", "record", "label", "probability_abnormal"}) {
    if (!table->HasColumn(column)) {
      return Fail(ErrorCode::kInvalidArgument, std::string("there is no column \"") + column +
                                                   "\"; expected are predictions "
                                                   "that `heartbeat evaluate` wrote");
    }
  }
  std::vector<ScoredEntry> entries;
  for (std::size_t i = 0; i < table->rows(); ++i) {
    Row row(*table, i);
    entries.push_back(ParseRow(row));
    if (!row.fault().empty()) return Fail(ErrorCode::kInvalidArgument, row.fault());
  }
  return entries;
}

}  // namespace heartbeat::evaluation
