#include "evaluation/risk_coverage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "evaluation/golden_scores.h"

namespace heartbeat::evaluation {
namespace {

// Sums of some hundred terms near 1.
constexpr double kRounding = 1e-12;

TEST(RiskCoverage, AreaIsTheMeanErrorOfTheSurest) {
  // By hand: right, wrong, right, right: errors 0, 1/2, 1/3, 1/4 among the 1, 2, 3, 4 surest.
  const std::vector<Certain> certain = {{3, 1, 0}, {2, 1, 1}, {1, 1, 0}, {0, 1, 0}};
  EXPECT_NEAR(RiskCoverageArea(certain), (0 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4) / 4, kRounding);
  EXPECT_TRUE(std::isnan(RiskCoverageArea({})));
}

TEST(RiskCoverage, EqualCertaintyIsTheMeanOverOrders) {
  // One wrong of two: first (1, 1/2) or last (0, 1/2), each area the mean of its two.
  const std::vector<Certain> tied = {{1, 2, 1}};
  EXPECT_NEAR(RiskCoverageArea(tied), ((1 + 0.5) / 2 + (0 + 0.5) / 2) / 2, kRounding);
}

TEST(RiskCoverage, AgreesWithNumPy) {
  std::vector<Certain> certain;
  for (const Scored& item : GoldenScores("untied")) {
    const bool wrong = (item.probability_abnormal >= 0.5) != item.abnormal;
    certain.push_back({Certainty(item.probability_abnormal, 0.5), 1, wrong ? 1U : 0U});
  }
  std::ranges::sort(certain, std::greater(), &Certain::certainty);
  EXPECT_NEAR(RiskCoverageArea(certain), Golden()["untied"]["risk_coverage_area"], kRounding);

  const auto curve = RiskCoverageCurve(certain, 50);
  EXPECT_LE(curve.size(), 52U);
  EXPECT_GE(curve.size(), 40U);
  EXPECT_EQ(curve.back().x, 1);
  EXPECT_NEAR(curve.back().y, 1 - 0.7675, 0.03) << "the error over all, near that of the tied ones";
}

TEST(RiskCoverage, CertaintyIsTheDistanceToTheThreshold) {
  EXPECT_NEAR(Certainty(0.9, 0.5), std::log(9), kRounding);
  EXPECT_NEAR(Certainty(0.1, 0.5), std::log(9), kRounding);
  EXPECT_EQ(Certainty(0.2, 0.2), 0);
  EXPECT_GT(Certainty(0.05, 0.2), Certainty(0.4, 0.2));
  EXPECT_TRUE(std::isfinite(Certainty(1, 1)));
}

}  // namespace
}  // namespace heartbeat::evaluation
