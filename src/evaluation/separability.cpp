#include "evaluation/separability.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace heartbeat::evaluation {
namespace {

constexpr double kZ = 1.959963984540054;  // of 95 %, two-sided

std::vector<double> Finite(std::span<const double> values) {
  std::vector<double> finite;
  for (const double value : values) {
    if (std::isfinite(value)) finite.push_back(value);
  }
  std::ranges::sort(finite);
  return finite;
}

// The true area farthest from `auroc` towards `end` (0 or 1) that the data do not contradict.
double Bound(double auroc, double end, double negatives, double positives) {
  const double weight = (negatives + positives) / 2 - 1;
  const auto is_compatible = [&](double area) {
    const double variance = area * (1 - area) / (negatives * positives) *
                            (1 + weight * ((1 - area) / (2 - area) + area / (1 + area)));
    return std::abs(area - auroc) <= kZ * std::sqrt(variance);
  };
  double inside = auroc;
  double outside = end;
  for (int i = 0; i < 60; ++i) {
    const double middle = (inside + outside) / 2;
    (is_compatible(middle) ? inside : outside) = middle;
  }
  return inside;
}

}  // namespace

Separability Separate(std::span<const double> negatives, std::span<const double> positives) {
  const std::vector<double> low = Finite(negatives);
  const std::vector<double> high = Finite(positives);
  Separability separability{.negatives = low.size(), .positives = high.size(), .auroc = {}};
  if (low.empty() || high.empty()) {
    const double undefined = std::numeric_limits<double>::quiet_NaN();
    separability.auroc = {undefined, undefined, undefined};
    return separability;
  }
  double wins = 0;
  for (const double value : high) {
    const auto [begin, end] = std::ranges::equal_range(low, value);
    wins += static_cast<double>(begin - low.begin()) + 0.5 * static_cast<double>(end - begin);
  }
  const auto n = static_cast<double>(low.size());
  const auto p = static_cast<double>(high.size());
  const double auroc = wins / (n * p);
  separability.auroc = {auroc, Bound(auroc, 0, n, p), Bound(auroc, 1, n, p)};
  return separability;
}

}  // namespace heartbeat::evaluation
