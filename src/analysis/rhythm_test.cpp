#include "analysis/rhythm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "analysis/test_sounds.h"

namespace heartbeat::analysis {
namespace {

Rhythm Measured(const audio::Recording& recording) {
  const auto envelope = EnvelopeMeter(recording.sample_rate_hz).Measure(recording.samples);
  EXPECT_TRUE(envelope) << envelope.error().message;
  return MeasureRhythm(*envelope);
}

std::optional<double> Rate(const audio::Recording& recording) {
  const Rhythm rhythm = Measured(recording);
  return HeartRate({&rhythm, 1});
}

TEST(HeartRate, IsThatOfTheBeats) {
  for (const double bpm : {45.0, 60.0, 72.0, 95.0, 120.0, 140.0}) {
    const double systole_s = 0.35 * 60 / bpm;
    const auto rate = Rate(test::Beats(10, bpm, systole_s));
    ASSERT_TRUE(rate) << bpm;
    // Frames of 10 ms are 1 % of a cycle of 1 s; the parabola between them is better than half.
    EXPECT_NEAR(*rate, bpm, 0.01 * bpm) << bpm;
  }
}

TEST(HeartRate, IsOneOfAllParts) {
  const std::vector<Rhythm> parts = {Measured(test::Beats(10, 70)), Measured(test::Beats(10, 70)),
                                     Measured(test::WhiteNoise(10, 0.1))};
  const auto rate = HeartRate(parts);
  ASSERT_TRUE(rate);
  EXPECT_NEAR(*rate, 70, 0.7);
}

TEST(HeartRate, IsAbsentWhereNothingBeats) {
  EXPECT_FALSE(Rate(test::WhiteNoise(10, 0.1)));
  EXPECT_FALSE(Rate(test::Tone(10, 50, 0.5)));
  EXPECT_FALSE(Rate(test::Tone(10, 50, 0)));
  EXPECT_FALSE(HeartRate({}));
}

TEST(Rhythm, HasOnePeakAWindow) {
  const Rhythm beats = Measured(test::Beats(10, 75));
  // Windows of 4 s every 2 s: 0, 2 and 4; at 6 the last frames are missing, for the transform's
  // windows end with the sound.
  ASSERT_EQ(beats.peaks.size(), 3U);
  for (const Rhythm::Peak& peak : beats.peaks) {
    EXPECT_GT(peak.strength, 0.6);
    // Two beats are a cycle, too.
    const double octaves = std::log2(peak.rate_bpm / 75);
    EXPECT_NEAR(octaves, std::round(octaves), 0.03);
    EXPECT_LE(octaves, 0.03);
  }
  for (const Rhythm::Peak& peak : Measured(test::WhiteNoise(10, 0.1)).peaks) {
    EXPECT_LT(peak.strength, 0.4);
  }
}

TEST(Rhythm, TakesShortEnvelopes) {
  for (const std::size_t frames : {1U, 20U, 21U, 60U, 100U}) {
    const Rhythm rhythm = MeasureRhythm({std::vector<float>(frames, 0.1F)});
    ASSERT_EQ(rhythm.peaks.size(), 1U) << frames;
    EXPECT_EQ(rhythm.peaks[0].strength, 0) << frames;
  }
}

}  // namespace
}  // namespace heartbeat::analysis
