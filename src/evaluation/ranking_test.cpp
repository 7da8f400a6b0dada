#include "evaluation/ranking.h"

#include <gtest/gtest.h>

#include <cmath>

#include "evaluation/golden_scores.h"

namespace heartbeat::evaluation {
namespace {

// Sums of some hundred terms near 1: only rounding separates them from the golden values.
constexpr double kRounding = 1e-12;

TEST(Ranking, AgreesWithScikitLearnOverTies) {
  const auto tied = Tie(GoldenScores("tied"));
  ASSERT_LE(tied.size(), 51U) << "probabilities in steps of 0.02";
  const auto golden = Golden();
  EXPECT_NEAR(Auroc(tied), golden["tied"]["auroc"], kRounding);
  EXPECT_NEAR(AveragePrecision(tied), golden["tied"]["average_precision"], kRounding);
  EXPECT_NEAR(BrierScore(tied), golden["tied"]["brier"], kRounding);

  const auto weighted = AtPrevalence(tied, 0.5);
  EXPECT_NEAR(Auroc(weighted), golden["tied_at_prevalence"]["auroc"], kRounding);
  EXPECT_NEAR(AveragePrecision(weighted), golden["tied_at_prevalence"]["average_precision"],
              kRounding);
  EXPECT_NEAR(BrierScore(weighted), golden["tied_at_prevalence"]["brier"], kRounding);
}

TEST(Ranking, AgreesWithScikitLearnWithoutTies) {
  const auto untied = Tie(GoldenScores("untied"));
  const auto golden = Golden();
  EXPECT_NEAR(Auroc(untied), golden["untied"]["auroc"], kRounding);
  EXPECT_NEAR(AveragePrecision(untied), golden["untied"]["average_precision"], kRounding);
  EXPECT_NEAR(BrierScore(untied), golden["untied"]["brier"], kRounding);
  EXPECT_NEAR(CalibrationError(untied), golden["untied"]["calibration_error"], kRounding);
  EXPECT_NEAR(CalibrationError(AtPrevalence(untied, 0.5)),
              golden["untied_at_prevalence"]["calibration_error"], kRounding);
}

TEST(Ranking, UndefinedWithoutAClass) {
  const auto normal = Tie(std::vector<Scored>{{0.1, false}, {0.3, false}});
  EXPECT_TRUE(std::isnan(Auroc(normal)));
  EXPECT_TRUE(std::isnan(AveragePrecision(normal)));
  EXPECT_TRUE(AtPrevalence(normal, 0.5).empty());
  EXPECT_TRUE(RocCurve(normal).empty());
  EXPECT_TRUE(PrecisionRecallCurve(normal).empty());
  EXPECT_NEAR(BrierScore(normal), 0.05, kRounding);
  EXPECT_TRUE(std::isnan(BrierScore({})));
  EXPECT_TRUE(std::isnan(CalibrationError({})));
  EXPECT_TRUE(ReliabilityBins({}).empty());
}

TEST(Reliability, TenBinsOfEqualMass) {
  std::vector<Scored> scored;
  // 20 probabilities 0.025, 0.075, ...; abnormal from 0.5 up.
  for (int i = 0; i < 20; ++i) scored.push_back({0.025 + 0.05 * i, i >= 10});
  const auto bins = ReliabilityBins(Tie(scored));
  ASSERT_EQ(bins.size(), 10U);
  EXPECT_NEAR(bins[0].lowest, 0.025, kRounding);
  EXPECT_NEAR(bins[0].highest, 0.075, kRounding);
  EXPECT_NEAR(bins[0].mean_probability, 0.05, kRounding);
  EXPECT_NEAR(bins[0].mass, 0.1, kRounding);
  EXPECT_EQ(bins[4].abnormal_share, 0);
  EXPECT_EQ(bins[5].abnormal_share, 1);
  // Distances 0.05, 0.15, ... 0.45 on either side: their mean.
  EXPECT_NEAR(CalibrationError(Tie(scored)), 0.25, kRounding);
}

TEST(Reliability, OneProbabilityStaysInOneBin) {
  const std::vector<Scored> scored = {{0.2, false}, {0.9, true}, {0.9, true}, {0.9, false}};
  const auto bins = ReliabilityBins(Tie(scored));
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_NEAR(bins[1].mass, 0.75, kRounding);
  EXPECT_NEAR(bins[1].abnormal_share, 2.0 / 3, kRounding);
  EXPECT_NEAR(CalibrationError(Tie(scored)), 0.25 * 0.2 + 0.75 * (0.9 - 2.0 / 3), kRounding);
}

TEST(Curves, AreThoseDrawnByHand) {
  const std::vector<Scored> scored = {{0.9, true}, {0.8, true},  {0.7, false},
                                      {0.6, true}, {0.5, false}, {0.5, false}};
  const auto roc = RocCurve(Tie(scored));
  // Up twice, right, up, right twice in one step.
  ASSERT_EQ(roc.size(), 6U);
  EXPECT_NEAR(roc[1].y, 1.0 / 3, kRounding);
  EXPECT_NEAR(roc[2].x, 0, kRounding);
  EXPECT_NEAR(roc[2].y, 2.0 / 3, kRounding);
  EXPECT_NEAR(roc[3].x, 1.0 / 3, kRounding);
  EXPECT_NEAR(roc[4].y, 1, kRounding);
  EXPECT_NEAR(roc[5].x, 1, kRounding);
  const auto curve = PrecisionRecallCurve(Tie(scored));
  ASSERT_EQ(curve.size(), 5U);
  EXPECT_NEAR(curve[2].x, 2.0 / 3, kRounding);
  EXPECT_NEAR(curve[2].y, 2.0 / 3, kRounding);
  EXPECT_NEAR(curve[4].x, 1, kRounding);
  EXPECT_NEAR(curve[4].y, 0.5, kRounding);
}

TEST(Curves, OfManyRecordingsHaveNoMorePointsThanADrawingShows) {
  std::vector<Scored> scored;
  for (int i = 0; i < 20000; ++i) scored.push_back({i / 20000.0, i % 3 == 0});
  const auto roc = RocCurve(Tie(scored));
  EXPECT_LT(roc.size(), 900U);
  EXPECT_EQ(roc.front().x, 0);
  EXPECT_EQ(roc.back().y, 1);
  const auto curve = PrecisionRecallCurve(Tie(scored));
  EXPECT_LT(curve.size(), 900U);
  EXPECT_EQ(curve.back().x, 1);
}

}  // namespace
}  // namespace heartbeat::evaluation
