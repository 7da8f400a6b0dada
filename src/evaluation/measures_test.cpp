#include "evaluation/measures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace heartbeat::evaluation {
namespace {

// Sums of a few exact fractions: only rounding separates them.
constexpr double kRounding = 1e-12;

TEST(Confusion, CountsAtAndAboveTheThreshold) {
  const std::vector<Scored> scored = {{0.9, true},  {0.5, true},  {0.2, true}, {0.5, false},
                                      {0.1, false}, {0.0, false}, {0.3, false}};
  const ConfusionMatrix m = Confusion(scored, 0.5);
  EXPECT_EQ(m.true_positive, 2U);
  EXPECT_EQ(m.false_negative, 1U);
  EXPECT_EQ(m.false_positive, 1U);
  EXPECT_EQ(m.true_negative, 3U);
  EXPECT_NEAR(m.Sensitivity(), 2.0 / 3, kRounding);
  EXPECT_NEAR(m.Specificity(), 3.0 / 4, kRounding);
  EXPECT_NEAR(m.MAcc(), 17.0 / 24, kRounding);
  EXPECT_NEAR(m.Accuracy(), 5.0 / 7, kRounding);
  EXPECT_NEAR(m.Precision(), 2.0 / 3, kRounding);
  EXPECT_NEAR(m.F1(), 4.0 / 6, kRounding);
}

TEST(Confusion, UndefinedWithoutAClass) {
  const std::vector<Scored> scored = {{0.9, true}};
  EXPECT_TRUE(std::isnan(Confusion(scored, 0.5).Specificity()));
  EXPECT_TRUE(std::isnan(Confusion(scored, 0.5).MAcc()));
}

// Against the definition: the share of (abnormal, normal) pairs in the right order, ties half.
TEST(Auroc, IsTheShareOfOrderedPairs) {
  std::mt19937 random(1);
  std::vector<Scored> scored;
  for (int i = 0; i < 200; ++i) {
    scored.push_back({static_cast<double>(random() % 20) / 20, random() % 3 == 0});
  }
  double good = 0;
  double pairs = 0;
  for (const Scored& p : scored) {
    for (const Scored& n : scored) {
      if (!p.abnormal || n.abnormal) continue;
      ++pairs;
      good += p.probability_abnormal > n.probability_abnormal    ? 1.0
              : p.probability_abnormal == n.probability_abnormal ? 0.5
                                                                 : 0.0;
    }
  }
  EXPECT_NEAR(Auroc(scored), good / pairs, kRounding);
}

TEST(Auroc, UndefinedWithoutAClass) {
  const std::vector<Scored> scored = {{0.1, false}, {0.2, false}};
  EXPECT_TRUE(std::isnan(Auroc(scored)));
  EXPECT_TRUE(std::isnan(Auroc({})));
}

}  // namespace
}  // namespace heartbeat::evaluation
