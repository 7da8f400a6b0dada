#include "evaluation/conformal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace heartbeat::evaluation {
namespace {

TEST(Conformal, QuantilesAreTheRankedNonconformities) {
  std::vector<Scored> calibration;
  // Nine normal recordings with probabilities 0.1 to 0.9: rank ceil(10 * 0.9) = 9, the largest.
  for (int i = 1; i <= 9; ++i) calibration.push_back({i / 10.0, false});
  // Nineteen abnormal ones, 0.05 to 0.95: rank ceil(20 * 0.9) = 18 of the nonconformities 0.05 ...
  for (int i = 1; i <= 19; ++i) calibration.push_back({i / 20.0, true});
  const auto quantiles = FitQuantiles(calibration, 0.1);
  EXPECT_DOUBLE_EQ(quantiles.largest_normal, 0.9);
  EXPECT_DOUBLE_EQ(quantiles.largest_abnormal, 0.9);
  const PredictionSet both = quantiles.SetOf(0.5);
  EXPECT_TRUE(both.normal && both.abnormal);
  const PredictionSet abnormal = quantiles.SetOf(0.95);
  EXPECT_TRUE(!abnormal.normal && abnormal.abnormal);
  const PredictionSet normal = quantiles.SetOf(0.05);
  EXPECT_TRUE(normal.normal && !normal.abnormal);
}

TEST(Conformal, AClassTooSmallIsNeverExcluded) {
  std::vector<Scored> calibration;
  for (int i = 0; i < 8; ++i) calibration.push_back({0.1, false});
  const auto quantiles = FitQuantiles(calibration, 0.1);
  EXPECT_EQ(quantiles.largest_normal, 1) << "8 < 1 / 0.1 - 1";
  EXPECT_EQ(quantiles.largest_abnormal, 1) << "none at all";
  const PredictionSet set = quantiles.SetOf(1);
  EXPECT_TRUE(set.normal && set.abnormal);
}

// A recording of weight 3 is like three of weight 1, but that the effective number of recordings,
// which says how sure a quantile is, is smaller.
TEST(Conformal, QuantilesOfWeightedRecordings) {
  std::vector<Scored> calibration;
  std::vector<double> weights;
  for (int i = 1; i <= 40; ++i) {
    calibration.push_back({i / 50.0, false});
    weights.push_back(i <= 20 ? 1.0 : 3.0);
  }
  // Weight 80, squared 200, so 32 effective ones: the quantile is where the weight reaches
  // 0.9 * 80 * (1 + 1 / 32) = 74.25, which is 20 + 3 * 18.08: the 39th.
  EXPECT_DOUBLE_EQ(FitQuantiles(calibration, 0.1, weights).largest_normal, 39 / 50.0);
  EXPECT_DOUBLE_EQ(FitQuantiles(calibration, 0.1).largest_normal, 37 / 50.0) << "ceil(41 * 0.9)";
  // The scale of the weights says nothing.
  for (double& weight : weights) weight *= 1e-3;
  EXPECT_DOUBLE_EQ(FitQuantiles(calibration, 0.1, weights).largest_normal, 39 / 50.0);
}

TEST(Conformal, ASureModelLeavesTheStrangeWithoutAClass) {
  std::vector<Scored> calibration;
  for (int i = 0; i < 20; ++i) {
    calibration.push_back({0.01, false});
    calibration.push_back({0.99, true});
  }
  const PredictionSet set = FitQuantiles(calibration, 0.1).SetOf(0.5);
  EXPECT_FALSE(set.normal || set.abnormal);
}

// The promise itself: over many draws of calibration and test recordings, each class is covered
// with at least 1 - error level, and with no more than 1 / (n + 1) above it.
TEST(Conformal, CoversEachClass) {
  constexpr double kErrorLevel = 0.2;
  constexpr int kCalibration = 60;
  std::mt19937_64 random(3);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1.0p-53; };
  const auto draw = [&](bool abnormal) {
    const double u = uniform();
    // Badly calibrated and unlike in the two classes, which must not matter.
    return Scored{abnormal ? std::sqrt(u) : u * u * 0.8, abnormal};
  };
  std::array<double, 2> covered{};
  constexpr int kTrials = 4000;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<Scored> calibration;
    for (int i = 0; i < kCalibration; ++i) {
      calibration.push_back(draw(false));
      calibration.push_back(draw(true));
    }
    const auto quantiles = FitQuantiles(calibration, kErrorLevel);
    covered[0] += quantiles.SetOf(draw(false).probability_abnormal).normal ? 1 : 0;
    covered[1] += quantiles.SetOf(draw(true).probability_abnormal).abnormal ? 1 : 0;
  }
  for (const double count : covered) {
    // Between 0.8 and 0.8 + 1 / 61; the standard error of the mean is 0.0063, so 4 of them.
    EXPECT_GT(count / kTrials, 0.8 - 0.025);
    EXPECT_LT(count / kTrials, 0.8 + 1.0 / 61 + 0.025);
  }
}

TEST(Conformal, OnlyHeardAndLabelledRecordingsCount) {
  std::vector<ScoredEntry> entries(3);
  entries[0].entry.label = Label::kAbnormal;
  entries[0].probability_abnormal = 0.7;
  entries[1].entry.label = Label::kNormal;
  entries[1].error = "too short";
  const auto scores = LabelledScores(entries);
  ASSERT_EQ(scores.size(), 1U);
  EXPECT_EQ(scores[0].probability_abnormal, 0.7);
  EXPECT_TRUE(scores[0].abnormal);
}

}  // namespace
}  // namespace heartbeat::evaluation
