#include "analysis/windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heartbeat::analysis {
namespace {

using testing::ElementsAre;

TEST(WindowStarts, CoversTheWholeRecording) {
  EXPECT_THAT(WindowStarts(20000, 20000, 20000, 64), ElementsAre(0));
  EXPECT_THAT(WindowStarts(80000, 20000, 20000, 64), ElementsAre(0, 20000, 40000, 60000));
  // A last window that reaches back.
  EXPECT_THAT(WindowStarts(50000, 20000, 20000, 64), ElementsAre(0, 20000, 30000));
  EXPECT_THAT(WindowStarts(45000, 20000, 10000, 64), ElementsAre(0, 10000, 20000, 25000));
}

TEST(WindowStarts, ARestUnderAHopIsNoWindow) {
  EXPECT_THAT(WindowStarts(20063, 20000, 20000, 64), ElementsAre(0));
  EXPECT_THAT(WindowStarts(20064, 20000, 20000, 64), ElementsAre(0, 64));
}

TEST(RepeatToLength, RepeatsFromTheStart) {
  audio::Recording recording{{1, 2, 3}, 4000};
  EXPECT_THAT(RepeatToLength(recording, 7).samples, ElementsAre(1, 2, 3, 1, 2, 3, 1));
  EXPECT_THAT(RepeatToLength(recording, 2).samples, ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace heartbeat::analysis
