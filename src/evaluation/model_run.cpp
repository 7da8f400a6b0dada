#include "evaluation/model_run.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "analysis/analyzer.h"
#include "base/file.h"
#include "evaluation/conformal.h"
#include "evaluation/predictions_csv.h"
#include "evaluation/scoring.h"

namespace heartbeat::evaluation {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

Result<ConformalQuantiles> Calibrate(const ModelRunOptions& options,
                                     const std::vector<DatasetEntry>& entries) {
  const auto text = base::ReadTextFile(options.calibration);
  if (!text) return Fail(text);
  const auto predictions = ParsePredictions(*text);
  if (!predictions) {
    return Fail(ErrorCode::kInvalidArgument,
                options.calibration.string() + ", " + predictions.error().message);
  }
  std::set<std::pair<std::string, std::string>> scored;
  for (const DatasetEntry& entry : entries) scored.emplace(entry.database, entry.record);
  for (const ScoredEntry& item : *predictions) {
    if (scored.contains({item.entry.database, item.entry.record})) {
      return Fail(ErrorCode::kInvalidArgument,
                  options.calibration.string() + " holds the recording \"" + item.entry.record +
                      "\" that is scored: quantiles must be fitted on other recordings");
    }
  }
  const auto scores = LabelledScores(*predictions);
  if (scores.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                options.calibration.string() + " holds no prediction with a label");
  }
  return ConformalQuantiles::Fit(scores, options.conformal_error_level);
}

}  // namespace

Result<std::vector<DatasetEntry>> ReadRows(const std::vector<std::string>& folders,
                                           const std::string& split) {
  std::vector<DatasetEntry> entries;
  for (const std::string& folder : folders) {
    auto read = ReadDataset(folder);
    if (!read) return read;
    std::ranges::move(*read, std::back_inserter(entries));
  }
  if (split.empty()) return entries;

  std::set<std::string> splits;
  for (const DatasetEntry& entry : entries) splits.insert(entry.split);
  std::erase_if(entries, [&](const DatasetEntry& entry) { return entry.split != split; });
  if (!entries.empty()) return entries;
  splits.erase("");
  std::string known;
  for (const std::string& other : splits) known += (known.empty() ? "" : ", ") + other;
  return Fail(ErrorCode::kInvalidArgument,
              "no recording has the split \"" + split + "\"; " +
                  (known.empty() ? "the data have no splits" : "there are: " + known));
}

Result<EvaluationResults> RunModel(const ModelRunOptions& options, const std::atomic<bool>& stop,
                                   const ModelRunObserver& observer) {
  const auto analyzer = analysis::Analyzer::LoadFile(options.model);
  if (!analyzer) return Fail(analyzer);
  const auto entries = ReadRows(options.data, options.split);
  if (!entries) return Fail(entries);
  const auto unlabelled =
      std::ranges::count_if(*entries, [](const DatasetEntry& entry) { return !entry.label; });
  if (static_cast<std::size_t>(unlabelled) == entries->size()) {
    return Fail(ErrorCode::kInvalidArgument,
                "none of these recordings has a label, normal or abnormal, to be measured by; "
                "`heartbeat predict` hears recordings without one");
  }
  if (unlabelled > 0 && observer.warn) {
    observer.warn(std::to_string(unlabelled) +
                  " recordings have no label, normal or abnormal, and are in no figure");
  }
  std::optional<ConformalQuantiles> quantiles;
  if (!options.calibration.empty()) {
    const auto fitted = Calibrate(options, *entries);
    if (!fitted) return Fail(fitted);
    quantiles = *fitted;
  }
  auto scored = ScoreDataset(*analyzer, *entries, options.threads, stop, [&](std::size_t done) {
    if (observer.progress) observer.progress(done, entries->size());
  });
  if (!scored) return Fail(scored);

  EvaluationResults results;
  results.protocol = "scoring";
  results.program_version = HEARTBEAT_VERSION;
  results.data = options.data;
  results.split = options.split;
  results.model = analyzer->identity();
  results.threshold = analyzer->metadata().threshold;
  results.options = options.measures;
  results.conformal_error_level = options.conformal_error_level;
  if (quantiles) {
    results.conformal_source = "the predictions of the file that --calibration named";
    for (ScoredEntry& item : *scored) {
      if (item.IsHeard()) item.prediction_set = quantiles->SetOf(item.probability_abnormal);
    }
  }
  results.predictions = std::move(*scored);
  auto measured = MeasureAll(results.predictions, results.options);
  results.groups = std::move(measured.groups);
  results.mean = std::move(measured.mean);
  return results;
}

}  // namespace heartbeat::evaluation
