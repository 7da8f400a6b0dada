#include "evaluation/operating_points.h"

#include <gtest/gtest.h>

namespace heartbeat::evaluation {
namespace {

// Twenty of each class; normal at 0, 1, ... 19, abnormal at 10.5, 11.5, ... 29.5.
std::vector<WeightedLogit> Overlapping() {
  std::vector<WeightedLogit> logits;
  for (int i = 0; i < 20; ++i) {
    logits.push_back({static_cast<double>(i), 1, false});
    logits.push_back({i + 10.5, 1, true});
  }
  return logits;
}

TEST(OperatingPoints, ScreeningIsWhereItsSensitivityIsReached) {
  auto logits = Overlapping();
  for (int i = 0; i < 20; ++i) logits.push_back({30.0 + i, 1, true});
  const auto points = FitOperatingPoints(logits);
  // 38 of 40 abnormal ones are at 12.5 and above; between it and the normal one at 12.
  EXPECT_EQ(points.screening, 12.25);
  // Each step up gains a twentieth of the normal ones and loses a fortieth of the abnormal ones.
  EXPECT_EQ(points.balanced, 19.25);
  EXPECT_EQ(points.specific, 19.25) << "18.25 would do, and would be less strict than balanced";
}

TEST(OperatingPoints, SpecificIsWhereItsSpecificityIsReached) {
  auto logits = Overlapping();
  for (int i = 0; i < 20; ++i) logits.push_back({-1.0 - i, 1, false});
  const auto points = FitOperatingPoints(logits);
  // 38 of 40 normal ones are at 17 and below; between it and the abnormal one at 17.5.
  EXPECT_EQ(points.specific, 17.25);
  EXPECT_EQ(points.balanced, 10.25);
  EXPECT_EQ(points.screening, 10.25) << "11.25 would do, and would be stricter than balanced";
}

TEST(OperatingPoints, OfEqualOnesTheNearestToZero) {
  // Every place from 10.25 to 19.25 in steps of 1 is as good: 20 + 11 right, or 19 + 12, ...
  EXPECT_EQ(FitOperatingPoints(Overlapping()).balanced, 10.25);
}

TEST(OperatingPoints, OfNearlyBestOnesTheNearestToZero) {
  // 200 of each class: a place more is a fall of MAcc by 0.0025, and four of them are a hundredth.
  std::vector<WeightedLogit> logits;
  for (int i = 0; i < 200; ++i) {
    logits.push_back({5.0 - i, 1, false});
    logits.push_back({5.5 + i, 1, true});
  }
  EXPECT_EQ(FitOperatingPoints(logits).balanced, 1.5);
}

TEST(OperatingPoints, AWeightCountsAsManyRecordings) {
  auto weighted = Overlapping();
  auto repeated = weighted;
  for (WeightedLogit& item : weighted) {
    if (item.logit == 12 || item.logit == 25.5) {
      item.weight = 4;
      for (int i = 0; i < 3; ++i) repeated.push_back({item.logit, 1, item.abnormal});
    }
  }
  const auto a = FitOperatingPoints(weighted);
  const auto b = FitOperatingPoints(repeated);
  EXPECT_EQ(a.screening, b.screening);
  EXPECT_EQ(a.balanced, b.balanced);
  EXPECT_EQ(a.specific, b.specific);
}

TEST(OperatingPoints, StayInOrderWhereTheModelIsBetterThanAsked) {
  // Apart but for one normal recording among the abnormal ones: a sensitivity of 0.95 needs no
  // threshold as low as the best one.
  std::vector<WeightedLogit> logits;
  for (int i = 0; i < 40; ++i) {
    logits.push_back({-5.0 - i, 1, false});
    logits.push_back({5.0 + i, 1, true});
  }
  const auto points = FitOperatingPoints(logits);
  EXPECT_EQ(points.balanced, 0);
  EXPECT_EQ(points.screening, 0) << "5 + 1 would do, and would be stricter";
  EXPECT_EQ(points.specific, 0);
}

TEST(OperatingPoints, AmongEqualLogitsIsNoThreshold) {
  const std::vector<WeightedLogit> logits = {
      {1, 1, false}, {1, 1, true}, {1, 1, true}, {3, 1, true}, {3, 1, false}};
  const auto points = FitOperatingPoints(logits);
  for (const double threshold : {points.screening, points.balanced, points.specific}) {
    EXPECT_TRUE(threshold == 0 || threshold == 2 || threshold == 4) << threshold;
  }
  EXPECT_EQ(points.specific, 4) << "nothing is called where nothing else is specific enough";
}

}  // namespace
}  // namespace heartbeat::evaluation
