#include "evaluation/operating_points.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>
#include <ranges>
#include <vector>

namespace heartbeat::evaluation {

OperatingPoints FitOperatingPoints(std::vector<WeightedLogit> logits) {
  constexpr double kEnough = 0.95;
  constexpr double kRounding = 1e-12;  // of sums of weights
  std::ranges::sort(logits, std::greater(), &WeightedLogit::logit);
  double normal = 0;
  double abnormal = 0;
  for (const WeightedLogit& item : logits) (item.abnormal ? abnormal : normal) += item.weight;

  OperatingPoints points;
  std::optional<double> screening;
  points.specific = logits.front().logit + 1;
  struct Candidate {
    double threshold;
    double macc;
  };
  std::vector<Candidate> candidates;
  double true_positive = 0;
  double false_positive = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    (logits[i].abnormal ? true_positive : false_positive) += logits[i].weight;
    const bool is_last = i + 1 == logits.size();
    if (!is_last && logits[i + 1].logit == logits[i].logit) continue;
    const double threshold =
        is_last ? logits[i].logit - 1 : (logits[i].logit + logits[i + 1].logit) / 2;
    const double sensitivity = true_positive / abnormal;
    const double specificity = 1 - false_positive / normal;
    if (!screening && sensitivity >= kEnough - kRounding) screening = threshold;
    if (specificity >= kEnough - kRounding) points.specific = threshold;
    candidates.push_back({threshold, (sensitivity + specificity) / 2});
  }
  const double best = std::ranges::max(candidates, {}, &Candidate::macc).macc;
  const auto nearly_best = [&](const Candidate& candidate) {
    return candidate.macc >= best - kNearlyBest - kRounding;
  };
  points.balanced =
      std::ranges::min(candidates | std::views::filter(nearly_best), {}, [](const Candidate& c) {
        return std::abs(c.threshold);
      }).threshold;
  points.screening = std::min(screening.value_or(points.balanced), points.balanced);
  points.specific = std::max(points.specific, points.balanced);
  return points;
}

}  // namespace heartbeat::evaluation
