#include "audio/encode.h"

#include <gtest/gtest.h>

#include "audio/decode.h"
#include "audio/test_sound.h"

namespace heartbeat::audio {
namespace {

TEST(EncodeWav, ComesBackAsItWas) {
  const Recording recording{.samples = test::Sine(1.5, 4000), .sample_rate_hz = 4000};
  const auto bytes = EncodeWav(recording);
  ASSERT_TRUE(bytes);
  const auto decoded = Decode(*bytes);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->source.format, "WAV");
  EXPECT_EQ(decoded->recording.sample_rate_hz, 4000);
  ASSERT_EQ(decoded->recording.samples.size(), recording.samples.size());
  // Rounding to 16 bits moves a sample by half a step, and scaling by 32767 instead of 32768 by one
  // more at full scale.
  EXPECT_LT(test::MaxDifference(decoded->recording.samples, recording.samples), 1.5 / 32768);
  // 44 bytes of header, two of each sample: nothing else.
  EXPECT_EQ(bytes->size(), 44 + 2 * recording.samples.size());
}

TEST(EncodeWav, ClipsInsteadOfWrappingAround) {
  const Recording loud{.samples = test::Sine(1.5, 4000, 50, 3.0), .sample_rate_hz = 4000};
  const auto decoded = Decode(EncodeWav(loud).value());
  ASSERT_TRUE(decoded);
  for (std::size_t i = 0; i < loud.samples.size(); ++i) {
    ASSERT_GE(loud.samples[i] * decoded->recording.samples[i], 0) << "sample " << i;
  }
}

TEST(EncodeWav, RefusesWhatIsNoRecording) {
  EXPECT_EQ(EncodeWav({.samples = {}, .sample_rate_hz = 4000}).error().code,
            base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(EncodeWav({.samples = {0.5F}, .sample_rate_hz = 0}).error().code,
            base::ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace heartbeat::audio
