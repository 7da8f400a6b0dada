#include "evaluation/murmur_accuracy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace heartbeat::evaluation {
namespace {

constexpr auto kP = Murmur::kPresent;
constexpr auto kU = Murmur::kUnknown;
constexpr auto kA = Murmur::kAbsent;

TEST(MurmurAccuracy, WeighsAsTheChallengeDoes) {
  // By hand: of 3 present 2 are right, of 2 unknown 1, of 4 absent 3:
  // (5 * 2 + 3 * 1 + 3) / (5 * 3 + 3 * 2 + 4) = 16 / 25.
  const std::vector<MurmurCall> patients = {{kP, kP}, {kP, kP}, {kP, kA}, {kU, kU}, {kU, kP},
                                            {kA, kA}, {kA, kA}, {kA, kA}, {kA, kU}};
  EXPECT_DOUBLE_EQ(WeightedMurmurAccuracy(patients), 16.0 / 25);
  const MurmurConfusion confusion = Confuse(patients);
  EXPECT_EQ(confusion[0][0], 2U);
  EXPECT_EQ(confusion[0][2], 1U) << "present called absent";
  EXPECT_EQ(confusion[1][0], 1U) << "unknown called present";
  EXPECT_EQ(confusion[2][1], 1U) << "absent called unknown";
}

TEST(MurmurAccuracy, OfOneClassIsItsRecall) {
  EXPECT_DOUBLE_EQ(WeightedMurmurAccuracy(std::vector<MurmurCall>{{kA, kA}, {kA, kP}}), 0.5);
  EXPECT_TRUE(std::isnan(WeightedMurmurAccuracy({})));
}

}  // namespace
}  // namespace heartbeat::evaluation
