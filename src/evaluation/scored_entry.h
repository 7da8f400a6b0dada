#pragma once

#include <optional>
#include <string>

#include "evaluation/dataset.h"

namespace heartbeat::evaluation {

// The classes that a conformal predictor does not exclude (conformal.h): none, one or both.
struct PredictionSet {
  bool normal = false;
  bool abnormal = false;
};

// One recording after it went through the serving path (analysis::Predict).
struct ScoredEntry {
  DatasetEntry entry;
  std::string fold;   // of the protocol that tested it; empty where a given model is scored
  std::string error;  // why it was refused; empty where it was heard
  // What follows is meaningless where `error` is not empty.
  double probability_abnormal = 0;  // 0..1
  double mean_logit = 0;            // over the windows
  double threshold = 0.5;           // of the model that heard it
  std::string verdict;              // "normal", "abnormal", "uncertain" or "poor_quality"
  std::optional<PredictionSet> prediction_set;  // where conformal quantiles were fitted
  double processing_time_s = 0;

  [[nodiscard]] bool IsHeard() const { return error.empty(); }
  // The predicted class: normal or abnormal, whatever the verdict.
  [[nodiscard]] bool CalledAbnormal() const { return probability_abnormal >= threshold; }
};

}  // namespace heartbeat::evaluation
