#include "analysis/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace heartbeat::analysis {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

Calibration Fitted() {
  Calibration calibration;
  calibration.slope = 0.5;
  calibration.intercept = -0.25;
  calibration.screening = 0.2;
  calibration.balanced = 0.4;
  calibration.specific = 0.7;
  calibration.conformal = {0.1, 0.6, 0.75};  // normal up to 0.6, abnormal from 0.25
  return calibration;
}

DecisionRule Rule(const AnalyzerOptions& options) {
  return DecisionRule::Create(Fitted(), 0.4, options).value();
}

TEST(Conformal, SetsHoldWhatIsNotTooStrange) {
  const ConformalQuantiles overlapping = {0.1, 0.6, 0.75};
  const auto both = overlapping.SetOf(0.5);
  EXPECT_TRUE(both.normal && both.abnormal);
  EXPECT_TRUE(overlapping.SetOf(0.2).IsOnly(false));
  EXPECT_TRUE(overlapping.SetOf(0.7).IsOnly(true));
  EXPECT_FALSE(both.IsOnly(true) || both.IsOnly(false));
  const ConformalQuantiles apart = {0.1, 0.3, 0.3};
  const auto none = apart.SetOf(0.5);
  EXPECT_FALSE(none.normal || none.abnormal);
  EXPECT_FALSE(none.IsOnly(true) || none.IsOnly(false));
}

TEST(DecisionRule, CalibratesTheLogit) {
  const DecisionRule rule = Rule({});
  // 0.5 * 2.5 - 0.25 = 1
  EXPECT_NEAR(rule.Probability(2.5), 1 / (1 + std::exp(-1.0)), 1e-15);
  EXPECT_NEAR(rule.threshold(), 0.4, 1e-15);
  EXPECT_EQ(rule.operating_point(), OperatingPoint::kBalanced);
  EXPECT_EQ(rule.prevalence(), 0.5);
}

TEST(DecisionRule, OperatingPointsMoveTheThreshold) {
  EXPECT_NEAR(Rule({.operating_point = OperatingPoint::kScreening}).threshold(), 0.2, 1e-15);
  EXPECT_NEAR(Rule({.operating_point = OperatingPoint::kSpecific}).threshold(), 0.7, 1e-15);
}

TEST(DecisionRule, PrevalenceIsBayesRuleAndChangesNoClass) {
  const DecisionRule half = Rule({});
  for (const double prevalence : {0.001, 0.05, 0.3, 0.9, 0.999}) {
    const DecisionRule rule = Rule({.prevalence = prevalence});
    EXPECT_EQ(rule.prevalence(), prevalence);
    for (double logit = -30; logit <= 30; logit += 0.37) {
      const double p = half.Probability(logit);
      // The odds of a class times its odds beforehand.
      const double expected = p * prevalence / (p * prevalence + (1 - p) * (1 - prevalence));
      EXPECT_NEAR(rule.Probability(logit), expected, 1e-12);
      EXPECT_EQ(rule.Probability(logit) >= rule.threshold(), p >= half.threshold()) << logit;
      EXPECT_EQ(rule.SetOf(logit).normal, half.SetOf(logit).normal);
      EXPECT_EQ(rule.SetOf(logit).abnormal, half.SetOf(logit).abnormal);
    }
  }
}

TEST(DecisionRule, TheModelsOwnPrevalenceIsTheDefault) {
  Calibration calibration = Fitted();
  calibration.prevalence = 0.2;
  EXPECT_EQ(DecisionRule::Create(calibration, 0.4, {})->prevalence(), 0.2);
  EXPECT_EQ(DecisionRule::Create(calibration, 0.4, {.prevalence = 0.1})->prevalence(), 0.1);
}

TEST(DecisionRule, WithoutCalibrationItIsTheSigmoid) {
  const auto rule = DecisionRule::Create(std::nullopt, 0.3, {});
  ASSERT_TRUE(rule) << rule.error().message;
  EXPECT_EQ(rule->threshold(), 0.3);
  EXPECT_EQ(rule->Probability(2), Sigmoid(2));
  EXPECT_FALSE(rule->calibration());
}

TEST(DecisionRule, RefusesWhatItCannotDo) {
  const auto point =
      DecisionRule::Create(std::nullopt, 0.5, {.operating_point = OperatingPoint::kScreening});
  ASSERT_FALSE(point);
  EXPECT_EQ(point.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(point.error().message, HasSubstr("not calibrated"));
  EXPECT_FALSE(DecisionRule::Create(std::nullopt, 0.5, {.prevalence = 0.5}));
  for (const double prevalence : {0.0, 1.0, 0.0009, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_FALSE(DecisionRule::Create(Fitted(), 0.4, {.prevalence = prevalence})) << prevalence;
  }
}

TEST(OperatingPoint, NamesReadBack) {
  for (const OperatingPoint point : kOperatingPoints) {
    EXPECT_EQ(ParseOperatingPoint(Name(point)).value(), point);
  }
  EXPECT_THAT(ParseOperatingPoint("Screening").error().message, HasSubstr("screening, balanced"));
}

TEST(Calibration, FindsWhatCannotBe) {
  EXPECT_EQ(Fitted().FindImpossible(), "");
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (double Calibration::* field :
       {&Calibration::slope, &Calibration::prevalence, &Calibration::screening,
        &Calibration::balanced, &Calibration::specific}) {
    for (const double value : {0.0, -1.0, kNan}) {
      Calibration calibration = Fitted();
      calibration.*field = value;
      EXPECT_NE(calibration.FindImpossible(), "");
    }
  }
  Calibration unordered = Fitted();
  unordered.screening = 0.45;
  EXPECT_THAT(unordered.FindImpossible(), HasSubstr("operating_points"));
  Calibration sets = Fitted();
  sets.conformal.largest_normal = 1.5;
  EXPECT_THAT(sets.FindImpossible(), HasSubstr("conformal.largest"));
  sets = Fitted();
  sets.conformal.error_level = 1;
  EXPECT_THAT(sets.FindImpossible(), HasSubstr("error_level"));
}

}  // namespace
}  // namespace heartbeat::analysis
