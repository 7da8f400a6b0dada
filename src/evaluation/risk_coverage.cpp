#include "evaluation/risk_coverage.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace heartbeat::evaluation {
namespace {

// Finite everywhere: a difference of two infinities would be no number.
double Logit(double probability) {
  constexpr double kSmallest = 1e-15;
  const double p = std::clamp(probability, kSmallest, 1 - kSmallest);
  return std::log(p) - std::log1p(-p);
}

}  // namespace

double Certainty(double probability_abnormal, double threshold) {
  return std::abs(Logit(probability_abnormal) - Logit(threshold));
}

double RiskCoverageArea(std::span<const Certain> certain) {
  double area = 0;
  double recordings = 0;
  double errors = 0;
  for (const Certain& c : certain) {
    if (c.recordings == 0) continue;
    const double step = static_cast<double>(c.errors) / static_cast<double>(c.recordings);
    for (std::uint64_t i = 0; i < c.recordings; ++i) {
      recordings += 1;
      errors += step;
      area += errors / recordings;
    }
  }
  return recordings == 0 ? std::numeric_limits<double>::quiet_NaN() : area / recordings;
}

std::vector<CurvePoint> RiskCoverageCurve(std::span<const Certain> certain,
                                          std::size_t max_points) {
  double total = 0;
  for (const Certain& c : certain) total += static_cast<double>(c.recordings);
  std::vector<CurvePoint> curve;
  double recordings = 0;
  double errors = 0;
  double next = 0;
  for (const Certain& c : certain) {
    if (c.recordings == 0) continue;
    recordings += static_cast<double>(c.recordings);
    errors += static_cast<double>(c.errors);
    if (recordings < next && recordings < total) continue;
    curve.push_back({recordings / total, errors / recordings});
    next = recordings + total / static_cast<double>(max_points);
  }
  return curve;
}

}  // namespace heartbeat::evaluation
