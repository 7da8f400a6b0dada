#include "analysis/guidance.h"

#include <gtest/gtest.h>

namespace heartbeat::analysis {
namespace {

TEST(Guidance, FollowsTheVerdict) {
  Analysis analysis;
  analysis.verdict = Verdict::kAbnormal;
  EXPECT_NE(GuidanceFor(analysis).summary.find("abnormal"), std::string_view::npos);
  EXPECT_EQ(GuidanceFor(analysis).urgency, "soon");
  analysis.verdict = Verdict::kNormal;
  EXPECT_EQ(GuidanceFor(analysis).summary.find("abnormal"), std::string_view::npos);
  EXPECT_EQ(GuidanceFor(analysis).urgency, "routine");
}

TEST(Guidance, OfPoorQualitySaysHowToRecordAgain) {
  Analysis analysis;
  analysis.verdict = Verdict::kPoorQuality;
  analysis.quality = {false, 0.1, {"clipped: lower the gain", "too much noise: keep still"}};
  const Guidance guidance = GuidanceFor(analysis);
  EXPECT_EQ(guidance.action,
            "Record again for 15 seconds or more; clipped: lower the gain; too much noise: keep "
            "still.");
  EXPECT_EQ(guidance.summary.find("normal"), std::string_view::npos);
  analysis.probability_abnormal = 0.9;
  EXPECT_EQ(RiskFor(analysis).level, "UNKNOWN");
  EXPECT_EQ(RiskFor(analysis).color, "gray");
}

TEST(Guidance, OfUncertainSaysThatTheRecordingIsGoodAndWhatToDo) {
  Analysis analysis;
  analysis.verdict = Verdict::kUncertain;
  const Guidance guidance = GuidanceFor(analysis);
  EXPECT_NE(guidance.summary.find("good"), std::string_view::npos);
  EXPECT_NE(guidance.summary.find("cannot tell"), std::string_view::npos);
  EXPECT_NE(guidance.action.find("Listen yourself"), std::string::npos);
  EXPECT_EQ(guidance.urgency, "soon");
}

TEST(Risk, NeverSpeaksAgainstTheVerdict) {
  Analysis analysis;
  analysis.verdict = Verdict::kAbnormal;  // at a low threshold, or a low prevalence
  analysis.probability_abnormal = 0.1;
  EXPECT_EQ(RiskFor(analysis).level, "MODERATE");
  analysis.verdict = Verdict::kNormal;
  analysis.probability_abnormal = 0.8;
  EXPECT_EQ(RiskFor(analysis).level, "MODERATE");
  analysis.verdict = Verdict::kUncertain;
  for (const double probability : {0.01, 0.5, 0.99}) {
    analysis.probability_abnormal = probability;
    EXPECT_EQ(RiskFor(analysis).level, "MODERATE");
    EXPECT_EQ(RiskFor(analysis).color, "amber");
  }
}

TEST(Risk, LevelsFollowTheProbability) {
  Analysis analysis;
  analysis.probability_abnormal = 0.29;
  EXPECT_EQ(RiskFor(analysis).level, "LOW");
  analysis.probability_abnormal = 0.3;
  EXPECT_EQ(RiskFor(analysis).level, "MODERATE");
  analysis.verdict = Verdict::kAbnormal;
  analysis.probability_abnormal = 0.7;
  EXPECT_EQ(RiskFor(analysis).level, "ELEVATED");
  EXPECT_EQ(RiskFor(analysis).color, "red");
}

}  // namespace
}  // namespace heartbeat::analysis
