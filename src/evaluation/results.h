#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/analyzer.h"
#include "evaluation/group_measures.h"
#include "evaluation/scored_entry.h"

namespace heartbeat::evaluation {

// One model that a protocol trained, and what it was tested on.
struct FoldResults {
  std::string name;                     // such as "fold-1" or "training-a"
  std::size_t training_recordings = 0;  // learned from
  std::size_t holdout_recordings = 0;   // of the training rows: early stopping, conformal quantiles
  std::size_t test_recordings = 0;      // heard or refused
  // Of the test recordings, those whose bytes are also those of a training recording of another
  // name: their figures are too good.
  std::size_t test_recordings_in_training = 0;
  std::string model_sha256;
  double threshold = 0.5;
  int best_epoch = 0;  // whose weights were kept
  double training_s = 0;
};

// All that an evaluation found, as the JSON file and the HTML report show it.
struct EvaluationResults {
  // Of the JSON below; raised when a field changes its meaning or goes.
  static constexpr int kSchemaVersion = 1;

  std::string protocol;  // "scoring" where a given model was scored, else the protocol's name
  std::string program_version;
  std::vector<std::string> data;                 // folders, as they were named
  std::string split;                             // that was scored; empty: every row
  std::vector<std::string> reductions;           // of --quick, in words; empty: nothing was reduced
  std::optional<analysis::ModelIdentity> model;  // of "scoring"
  double threshold = 0.5;                        // of `model`; each fold has its own
  MeasureOptions options;
  // Where the conformal quantiles come from, in words; empty: there are no prediction sets.
  std::string conformal_source;
  double conformal_error_level = 0.1;
  std::vector<FoldResults> folds;     // of a protocol
  std::vector<GroupMeasures> groups;  // pooled first, then each database
  DatabaseMean mean;
  std::vector<ScoredEntry> predictions;  // in the order of database and record
};

// The schema is docs/evaluating.md. Without the predictions, which go into a file of their own.
[[nodiscard]] nlohmann::json ToJson(const EvaluationResults& results);
// Its "groups" alone.
[[nodiscard]] nlohmann::json ToJson(std::span<const GroupMeasures> groups);

// Tables for people, one row a group, with 95 % intervals: what is heard, with the mean over
// databases as the last row where `mean` is given; and how far the probabilities can be trusted.
[[nodiscard]] std::string ToTable(std::span<const GroupMeasures> groups,
                                  const DatabaseMean* mean = nullptr);
[[nodiscard]] std::string ToCalibrationTable(std::span<const GroupMeasures> groups,
                                             double prevalence);
// What a calibrated model leaves open, and how its prediction sets cover each class.
[[nodiscard]] std::string ToVerdictTable(std::span<const GroupMeasures> groups);

}  // namespace heartbeat::evaluation
