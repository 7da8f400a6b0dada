#pragma once

#include <vector>

namespace heartbeat::evaluation {

struct WeightedLogit {
  double logit = 0;
  double weight = 1;  // over 0
  bool abnormal = false;
};

// Of the mean of sensitivity and specificity.
inline constexpr double kNearlyBest = 0.01;

// Thresholds as logits, abnormal at and above, each in the middle between two recordings, or 1
// beyond the last.
struct OperatingPoints {
  // The least sensitive with a sensitivity of at least 0.95, but never over `balanced`.
  double screening = 0;
  // The highest mean of sensitivity and specificity. Of all within kNearlyBest of it that nearest
  // to 0, where a calibrated model is as likely wrong either way: which of them is highest is
  // chance.
  double balanced = 0;
  // The most sensitive with a specificity of at least 0.95, but never under `balanced`.
  double specific = 0;
};

// Recordings of both classes; the scale of the weights says nothing.
[[nodiscard]] OperatingPoints FitOperatingPoints(std::vector<WeightedLogit> logits);

}  // namespace heartbeat::evaluation
