#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "analysis/analyzer.h"
#include "base/result.h"
#include "evaluation/dataset.h"
#include "evaluation/measures.h"

namespace heartbeat::evaluation {

// One recording after it went through the serving path (analysis::Predict).
struct ScoredEntry {
  DatasetEntry entry;
  double probability_abnormal = 0;  // meaningless where `error` is not empty
  std::string error;                // why it was refused; empty where it was heard
};

// Scores every entry by the serving path, on all cores (threads 0) or `threads`. `on_done(n)` is
// called after each with the number done so far, from any thread but never two at once.
[[nodiscard]] std::vector<ScoredEntry> ScoreDataset(
    const analysis::Analyzer& analyzer, std::span<const DatasetEntry> entries, unsigned threads,
    const std::function<void(std::size_t)>& on_done);

// The measures of one group of recordings, at one threshold.
struct GroupMeasures {
  std::string database;  // "all" for the pooled group
  std::size_t normal = 0;
  std::size_t abnormal = 0;
  std::size_t refused = 0;  // not heard: in no measure
  ConfusionMatrix confusion;
  Estimate auroc, macc, sensitivity, specificity, accuracy, precision, f1;
};

// Pooled first, then each database in alphabetical order.
[[nodiscard]] std::vector<GroupMeasures> Measure(std::span<const ScoredEntry> scored,
                                                 double threshold);

[[nodiscard]] nlohmann::json ToJson(std::span<const GroupMeasures> groups);
// A table for people, one row a group, with 95 % intervals.
[[nodiscard]] std::string ToTable(std::span<const GroupMeasures> groups);
// "record,database,label,probability_abnormal,error" with a header line.
[[nodiscard]] std::string ToCsv(std::span<const ScoredEntry> scored);

}  // namespace heartbeat::evaluation
