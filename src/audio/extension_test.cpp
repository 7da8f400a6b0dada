#include "audio/extension.h"

#include <gtest/gtest.h>

namespace heartbeat::audio {
namespace {

TEST(HasRecordingExtension, InAnyCase) {
  EXPECT_TRUE(HasRecordingExtension("a.wav"));
  EXPECT_TRUE(HasRecordingExtension("A.B.OPUS"));
  EXPECT_FALSE(HasRecordingExtension("wav"));
  EXPECT_FALSE(HasRecordingExtension("a.wave"));
  EXPECT_FALSE(HasRecordingExtension("a.m4a"));
}

}  // namespace
}  // namespace heartbeat::audio
