#include "server/sound_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace heartbeat::server {
namespace {

using testing::HasSubstr;

TEST(SoundQuery, HasDefaults) {
  const auto waveform = ParseWaveformQuery("");
  ASSERT_TRUE(waveform);
  EXPECT_EQ(waveform->start_s, 0);
  EXPECT_TRUE(std::isinf(waveform->end_s));
  EXPECT_EQ(waveform->points, 2048);
  const auto spectrogram = ParseSpectrogramQuery("");
  ASSERT_TRUE(spectrogram);
  EXPECT_EQ(spectrogram->start_s, 0);
  EXPECT_TRUE(std::isinf(spectrogram->end_s));
  EXPECT_EQ(spectrogram->frames, 1024);
  EXPECT_EQ(spectrogram->max_hz, 1000);
}

TEST(SoundQuery, TakesWhatIsGiven) {
  const auto waveform = ParseWaveformQuery("start_s=-1.5&end_s=2e1&points=8192");
  ASSERT_TRUE(waveform);
  EXPECT_EQ(waveform->start_s, -1.5);
  EXPECT_EQ(waveform->end_s, 20);
  EXPECT_EQ(waveform->points, 8192);
  const auto spectrogram = ParseSpectrogramQuery("end_s=0.5&frames=1&max_hz=440.5");
  ASSERT_TRUE(spectrogram);
  EXPECT_EQ(spectrogram->end_s, 0.5);
  EXPECT_EQ(spectrogram->frames, 1);
  EXPECT_EQ(spectrogram->max_hz, 440.5);
}

TEST(SoundQuery, RefusesTheRestAndSaysWhat) {
  for (const auto& [query, what] : {
           std::pair{"points=0", "`points` must be a whole number from 1 to 8192"},
           std::pair{"points=8193", "`points`"},
           std::pair{"points=1.5", "`points`"},
           std::pair{"points=99999999999", "`points`"},
           std::pair{"start_s=nan", "`start_s` must be a time in seconds"},
           std::pair{"start_s=1s", "`start_s`"},
           std::pair{"end_s=inf", "`end_s`"},
           std::pair{"end_s=1e999", "`end_s`"},
           std::pair{"end_s=0", "`end_s` must be later than `start_s`"},
           std::pair{"start_s=2&end_s=1", "`end_s` must be later than `start_s`"},
           std::pair{"frames=1", "not known"},
       }) {
    const auto parsed = ParseWaveformQuery(query);
    ASSERT_FALSE(parsed) << query;
    EXPECT_EQ(parsed.error().code, base::ErrorCode::kInvalidArgument) << query;
    EXPECT_THAT(parsed.error().message, HasSubstr(what)) << query;
  }
  for (const auto& [query, what] : {
           std::pair{"frames=0", "`frames` must be a whole number from 1 to 4096"},
           std::pair{"frames=4097", "`frames`"},
           std::pair{"max_hz=0", "`max_hz` must be a frequency from 1 to 2000 Hz"},
           std::pair{"max_hz=2000.1", "`max_hz`"},
           std::pair{"max_hz=nan", "`max_hz`"},
           std::pair{"start_s=2&end_s=2", "`end_s`"},
           std::pair{"points=1", "not known"},
       }) {
    const auto parsed = ParseSpectrogramQuery(query);
    ASSERT_FALSE(parsed) << query;
    EXPECT_THAT(parsed.error().message, HasSubstr(what)) << query;
  }
}

}  // namespace
}  // namespace heartbeat::server
