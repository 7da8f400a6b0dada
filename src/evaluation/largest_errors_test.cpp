#include "evaluation/largest_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace heartbeat::evaluation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ScoredEntry Made(const char* record, std::optional<Label> label, double probability,
                 double threshold = 0.5) {
  ScoredEntry scored;
  scored.entry.record = record;
  scored.entry.database = "d";
  scored.entry.label = label;
  scored.probability_abnormal = probability;
  scored.threshold = threshold;
  scored.verdict = scored.CalledAbnormal() ? "abnormal" : "normal";
  return scored;
}

TEST(LargestErrors, OfBothKindsTheMostConfidentFirst) {
  const std::vector<ScoredEntry> scored = {Made("slightly wrong", Label::kNormal, 0.55),
                                           Made("right", Label::kNormal, 0.1),
                                           Made("very wrong", Label::kNormal, 0.95),
                                           Made("missed", Label::kAbnormal, 0.2),
                                           Made("missed more", Label::kAbnormal, 0.01),
                                           Made("found", Label::kAbnormal, 0.9),
                                           Made("wrong", Label::kNormal, 0.7)};
  EXPECT_THAT(LargestErrors(scored, 2), ElementsAre(4, 2, 3, 6));
  EXPECT_THAT(LargestErrors(scored, 100), ElementsAre(4, 2, 3, 6, 0));
  EXPECT_THAT(LargestErrors(scored, 0), IsEmpty());
}

TEST(LargestErrors, GoesByEachModelsThreshold) {
  const std::vector<ScoredEntry> scored = {Made("a", Label::kNormal, 0.4, 0.3),
                                           Made("b", Label::kNormal, 0.4, 0.5),
                                           Made("c", Label::kAbnormal, 0.6, 0.7)};
  EXPECT_THAT(LargestErrors(scored, 9), ElementsAre(0, 2));
}

TEST(LargestErrors, LeavesOutTheRefusedAndTheUnlabelled) {
  std::vector<ScoredEntry> scored = {Made("a", Label::kNormal, 0.9), Made("b", std::nullopt, 0.9)};
  scored[0].error = "too short";
  EXPECT_THAT(LargestErrors(scored, 9), IsEmpty());
}

TEST(LargestErrorsJson, NamesThem) {
  const std::vector<ScoredEntry> scored = {Made("a", Label::kNormal, 0.1),
                                           Made("b", Label::kAbnormal, 0.25)};
  const auto json = LargestErrorsJson(scored, std::vector<std::size_t>{1});
  ASSERT_EQ(json.size(), 1U);
  EXPECT_EQ(json[0]["record"], "b");
  EXPECT_EQ(json[0]["label"], "abnormal");
  EXPECT_EQ(json[0]["probability_abnormal"], 0.25);
  EXPECT_EQ(json[0]["verdict"], "normal");
}

}  // namespace
}  // namespace heartbeat::evaluation
