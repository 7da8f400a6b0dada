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

TEST(Risk, LevelsFollowTheProbability) {
  Analysis analysis;
  analysis.probability_abnormal = 0.29;
  EXPECT_EQ(RiskFor(analysis).level, "LOW");
  analysis.probability_abnormal = 0.3;
  EXPECT_EQ(RiskFor(analysis).level, "MODERATE");
  analysis.probability_abnormal = 0.7;
  EXPECT_EQ(RiskFor(analysis).level, "ELEVATED");
  EXPECT_EQ(RiskFor(analysis).color, "red");
}

}  // namespace
}  // namespace heartbeat::analysis
