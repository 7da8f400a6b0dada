#include "evaluation/conformal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace heartbeat::evaluation {

ConformalQuantiles ConformalQuantiles::Fit(std::span<const Scored> calibration,
                                           double error_level) {
  std::array<std::vector<double>, 2> nonconformity;
  for (const Scored& item : calibration) {
    const double p = item.probability_abnormal;
    nonconformity[item.abnormal ? 1 : 0].push_back(item.abnormal ? 1 - p : p);
  }
  ConformalQuantiles quantiles;
  for (std::size_t i = 0; i < 2; ++i) {
    std::vector<double>& values = nonconformity[i];
    std::ranges::sort(values);
    // A little under the whole number where the product is one but for rounding.
    const double rank =
        std::ceil(static_cast<double>(values.size() + 1) * (1 - error_level) - 1e-9);
    quantiles.largest_[i] = rank > static_cast<double>(values.size())
                                ? std::numeric_limits<double>::infinity()
                                : values[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
  }
  return quantiles;
}

PredictionSet ConformalQuantiles::SetOf(double probability_abnormal) const {
  return {probability_abnormal <= largest_[0], 1 - probability_abnormal <= largest_[1]};
}

std::vector<Scored> LabelledScores(std::span<const ScoredEntry> entries) {
  std::vector<Scored> scores;
  for (const ScoredEntry& item : entries) {
    if (!item.IsHeard() || !item.entry.label) continue;
    scores.push_back({item.probability_abnormal, item.entry.label == Label::kAbnormal});
  }
  return scores;
}

}  // namespace heartbeat::evaluation
