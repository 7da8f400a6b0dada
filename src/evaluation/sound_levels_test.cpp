#include "evaluation/sound_levels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "evaluation/test_recordings.h"

namespace heartbeat::evaluation {
namespace {

using test::Noise;
using test::Sine;

// `recording` in steps of `step`, as a converter leaves it.
audio::Recording InSteps(audio::Recording recording, double step) {
  for (float& sample : recording.samples) {
    sample = static_cast<float>(std::round(sample / step) * step);
  }
  return recording;
}

TEST(MeasureLevels, OfASineAreThoseOfTheBook) {
  // 20 whole periods of 40 samples: the largest sample is the amplitude.
  const SoundLevels levels = MeasureLevels(Sine(2, 2000, 50, 0.5));
  EXPECT_NEAR(levels.peak_dbfs, -6.0206, 1e-3);
  EXPECT_NEAR(levels.rms_dbfs, -6.0206 - 3.0103, 1e-3);
  EXPECT_NEAR(levels.crest_factor_db, 3.0103, 1e-3);
  EXPECT_NEAR(levels.offset_percent, 0, 1e-4);
  EXPECT_NEAR(levels.floor_dbfs, levels.rms_dbfs, 0.5);
  EXPECT_NEAR(levels.dynamic_range_db, 0, 0.5);
  EXPECT_EQ(levels.clipped_percent, 0);
  EXPECT_EQ(levels.constant_percent, 0);
  EXPECT_EQ(levels.silent_percent, 0);
}

TEST(MeasureLevels, AnOffsetIsInTheOffsetAlone) {
  audio::Recording recording = Sine(2, 2000, 50, 0.25);
  for (float& sample : recording.samples) sample += 0.1F;
  const SoundLevels levels = MeasureLevels(recording);
  EXPECT_NEAR(levels.offset_percent, 10, 1e-3);
  EXPECT_NEAR(levels.rms_dbfs, 20 * std::log10(0.25) - 3.0103, 1e-3);
  EXPECT_NEAR(levels.crest_factor_db, 3.0103, 1e-3);
  EXPECT_NEAR(levels.peak_dbfs, 20 * std::log10(0.35), 1e-3);
}

TEST(MeasureLevels, ConverterBitsSeeThroughGain) {
  const audio::Recording noise = Noise(10, 2000, 0.05, 1);
  EXPECT_NEAR(MeasureLevels(InSteps(noise, 1.0 / 32768)).converter_bits, 16, 1e-6);
  const audio::Recording coarse = InSteps(noise, 1.0 / 128);
  EXPECT_NEAR(MeasureLevels(coarse).converter_bits, 8, 1e-6);
  // Made with 8 bits, then scaled by a number that is no whole one and stored with 16: the steps
  // are 256 * 1.37 of the finer ones, to a rounding.
  audio::Recording scaled = coarse;
  for (float& sample : scaled.samples) sample *= 1.37F;
  const SoundLevels levels = MeasureLevels(InSteps(scaled, 1.0 / 32768));
  EXPECT_NEAR(levels.converter_bits, 8 - std::log2(1.37), 0.01);
  EXPECT_LT(levels.different_values, 128);
}

TEST(MeasureLevels, ClippingIsSeenWhateverTheGainAfterIt) {
  audio::Recording recording = Sine(2, 2000, 50, 1.5);
  for (float& sample : recording.samples) sample = 0.3F * std::clamp(sample, -1.0F, 1.0F);
  const SoundLevels levels = MeasureLevels(recording);
  // 1.5 sin(x) is above 1 in magnitude for 1 - 2/pi asin(2/3) = 53.5 % of the time; 40 samples a
  // period leave it known to two of them.
  EXPECT_NEAR(levels.clipped_percent, 53.5, 5);
  EXPECT_EQ(MeasureLevels(Sine(2, 2000, 50, 0.3)).clipped_percent, 0);
}

TEST(MeasureLevels, DropoutsAndSilence) {
  audio::Recording recording = Noise(10, 2000, 0.1, 2);
  for (std::size_t i = 4000; i < 8000; ++i) recording.samples[i] = 0;
  const SoundLevels levels = MeasureLevels(recording);
  EXPECT_NEAR(levels.constant_percent, 20, 0.01);
  EXPECT_NEAR(levels.longest_constant_ms, 2000, 0.5);
  // The mean of the noise, which a silent frame stands off by, is some -60 dBFS: not silence.
  EXPECT_NEAR(levels.silent_percent, 0, 1e-9);
  for (std::size_t i = 0; i < recording.samples.size(); i += 2) {
    recording.samples[i] = -recording.samples[i + 1];
  }
  EXPECT_NEAR(MeasureLevels(recording).silent_percent, 20, 1e-9);
}

TEST(MeasureLevels, FloorAndStart) {
  audio::Recording recording = Noise(10, 2000, 0.001, 3);
  const audio::Recording loud = Noise(10, 2000, 0.1, 4);
  // A loud start of 1 s, then quiet.
  for (std::size_t i = 0; i < 2000; ++i) recording.samples[i] = loud.samples[i];
  const SoundLevels levels = MeasureLevels(recording);
  // 100 samples a frame: the level of one is known to about a decibel.
  EXPECT_NEAR(levels.floor_dbfs, -60, 1.5);
  EXPECT_NEAR(levels.dynamic_range_db, 40, 2);
  EXPECT_NEAR(levels.start_level_db, 10, 0.7);  // a tenth of the time holds nearly all power
}

}  // namespace
}  // namespace heartbeat::evaluation
