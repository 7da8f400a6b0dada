#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evaluation/ranking.h"

namespace heartbeat::evaluation {

// Selective prediction: what share of answers is wrong where only the surest are given. All
// recordings of one certainty together.
struct Certain {
  double certainty = 0;  // the distance of the logit to that of the threshold
  std::uint64_t recordings = 0;
  std::uint64_t errors = 0;  // whose predicted class is wrong
};

// |logit(probability) - logit(threshold)|: at threshold 0.5 the order of the larger class's
// probability. Both are 0..1.
[[nodiscard]] double Certainty(double probability_abnormal, double threshold);

// Below, `certain` descends by certainty. Among recordings of one certainty the errors are spread
// evenly, which is the mean over their orders.

// The area under the risk-coverage curve: the mean of the error among the k surest, over all k. NaN
// without recordings. Source: Geifman, Uziel & El-Yaniv, ICLR 2019.
[[nodiscard]] double RiskCoverageArea(std::span<const Certain> certain);

// x: share of recordings answered, y: share of those that is wrong; about `max_points` points.
[[nodiscard]] std::vector<CurvePoint> RiskCoverageCurve(std::span<const Certain> certain,
                                                        std::size_t max_points = 200);

}  // namespace heartbeat::evaluation
