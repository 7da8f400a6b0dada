#include "evaluation/folds_progress.h"

#include <gtest/gtest.h>

#include <cmath>

namespace heartbeat::evaluation {
namespace {

TEST(FoldsProgress, CountsTheEpochsOfAllFolds) {
  FoldsProgress progress(3, 20);
  EXPECT_EQ(progress.total(), 60U);
  EXPECT_TRUE(std::isnan(progress.SecondsLeft()));
  progress.Set(0, 0);
  progress.Set(0, 7);
  EXPECT_EQ(progress.done(), 7U);
  EXPECT_GE(progress.SecondsLeft(), 0);
  progress.Finish(0, false);  // stopped early
  EXPECT_EQ(progress.done(), 20U);
  EXPECT_EQ(progress.total(), 60U);
}

TEST(FoldsProgress, EarlierCallsAreNoPartOfIt) {
  FoldsProgress progress(3, 20);
  progress.Finish(0, true);
  EXPECT_EQ(progress.done(), 0U);
  EXPECT_EQ(progress.total(), 40U);
  progress.Set(1, 15);  // went on from its checkpoint
  EXPECT_EQ(progress.done(), 0U);
  EXPECT_EQ(progress.total(), 25U);
  progress.Set(1, 18);
  EXPECT_EQ(progress.done(), 3U);
  progress.Finish(1, false);
  EXPECT_EQ(progress.done(), 5U);
  progress.Set(2, 3);  // what was left of a run that began anew
  progress.Set(2, 1);
  EXPECT_EQ(progress.done(), 5U);
  EXPECT_EQ(progress.total(), 24U);
}

}  // namespace
}  // namespace heartbeat::evaluation
