#include "evaluation/conformal.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace heartbeat::evaluation {
namespace {

struct Weighted {
  double nonconformity = 0;
  double weight = 1;
};

double Quantile(std::vector<Weighted> items, double error_level) {
  constexpr double kNeverExcluded = 1;
  double sum = 0;
  double squares = 0;
  for (const Weighted& item : items) {
    sum += item.weight;
    squares += item.weight * item.weight;
  }
  if (items.empty()) return kNeverExcluded;
  std::ranges::sort(items, {}, &Weighted::nonconformity);
  // A little under where the product is a sum of weights but for rounding.
  const double needed = (sum + squares / sum) * (1 - error_level) - 1e-9 * sum;
  double reached = 0;
  for (const Weighted& item : items) {
    reached += item.weight;
    if (reached >= needed) return item.nonconformity;
  }
  return kNeverExcluded;
}

}  // namespace

analysis::ConformalQuantiles FitQuantiles(std::span<const Scored> calibration, double error_level,
                                          std::span<const double> weights) {
  std::vector<Weighted> normal;
  std::vector<Weighted> abnormal;
  for (std::size_t i = 0; i < calibration.size(); ++i) {
    const double p = calibration[i].probability_abnormal;
    const double weight = weights.empty() ? 1 : weights[i];
    if (calibration[i].abnormal) {
      abnormal.push_back({1 - p, weight});
    } else {
      normal.push_back({p, weight});
    }
  }
  return {error_level, Quantile(std::move(normal), error_level),
          Quantile(std::move(abnormal), error_level)};
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
