#pragma once

#include <optional>
#include <string>

#include "analysis/calibration.h"
#include "evaluation/dataset.h"

namespace heartbeat::evaluation {

using analysis::PredictionSet;

// One recording after it went through the serving path (analysis::Predict).
struct ScoredEntry {
  DatasetEntry entry;
  std::string fold;   // of the protocol that tested it; empty where a given model is scored
  std::string error;  // why it was refused; empty where it was heard
  // What follows is meaningless where `error` is not empty.
  double probability_abnormal = 0;  // 0..1
  double mean_logit = 0;            // over the windows, before any calibration
  double threshold = 0.5;           // of the model that heard it
  std::string verdict;              // "normal", "abnormal", "uncertain" or "poor_quality"
  // By the model's own conformal quantiles, or those of the protocol; absent where there are none.
  std::optional<PredictionSet> prediction_set;
  double processing_time_s = 0;

  [[nodiscard]] bool IsHeard() const { return error.empty(); }
  // The predicted class: normal or abnormal, whatever the verdict.
  [[nodiscard]] bool CalledAbnormal() const { return probability_abnormal >= threshold; }
};

}  // namespace heartbeat::evaluation
