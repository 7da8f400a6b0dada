#include "evaluation/separability.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace heartbeat::evaluation {
namespace {

using Values = std::vector<double>;

TEST(Separate, ALeakIsOneAndItsOppositeNothing) {
  const Values low = {1, 2, 3};
  const Values high = {4, 5, 6, 7};
  EXPECT_EQ(Separate(low, high).auroc.value, 1);
  EXPECT_EQ(Separate(high, low).auroc.value, 0);
  // Seven recordings prove little, and even so not a chance of one in two.
  EXPECT_EQ(Separate(low, high).auroc.high, 1);
  EXPECT_GT(Separate(low, high).auroc.low, 0.3);
  EXPECT_LT(Separate(low, high).auroc.low, 0.9);
}

TEST(Separate, CountsPairsAndTiesHalf) {
  // 1 < 2, 1 < 3, 2 = 2, 2 < 3: 3.5 of 4.
  EXPECT_EQ(Separate(Values{1, 2}, Values{2, 3}).auroc.value, 3.5 / 4);
  EXPECT_EQ(Separate(Values{5, 5, 5}, Values{5, 5}).auroc.value, 0.5);
}

TEST(Separate, LeavesOutWhatIsNotFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Separability separability = Separate(Values{1, nan}, Values{2, nan, 3});
  EXPECT_EQ(separability.negatives, 1U);
  EXPECT_EQ(separability.positives, 2U);
  EXPECT_EQ(separability.auroc.value, 1);
  EXPECT_TRUE(std::isnan(Separate(Values{nan}, Values{1}).auroc.value));
}

// Of 95 % intervals, about 95 of 100 hold the true value.
TEST(Separate, TheIntervalHoldsTheTrueArea) {
  std::mt19937 generator(1);
  std::normal_distribution<double> normal;
  // For two normal distributions one deviation apart, the area is Phi(1 / sqrt(2)).
  const double area = 0.5 * std::erfc(-0.5);
  int held = 0;
  constexpr int kTrials = 2000;
  for (int trial = 0; trial < kTrials; ++trial) {
    Values low(30);
    Values high(20);
    for (double& value : low) value = normal(generator);
    for (double& value : high) value = 1 + normal(generator);
    const Estimate auroc = Separate(low, high).auroc;
    held += auroc.low <= area && area <= auroc.high;
  }
  // Binomial: three standard deviations of 2,000 trials are 1.5 %; the method errs by about one.
  EXPECT_NEAR(static_cast<double>(held) / kTrials, 0.95, 0.025);
}

}  // namespace
}  // namespace heartbeat::evaluation
