#include "audio/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "audio/test_sound.h"

namespace heartbeat::audio {
namespace {

using base::ErrorCode;
using test::Sine;

double Rms(std::span<const float> samples) {
  double energy = 0;
  for (const float sample : samples) {
    energy += static_cast<double>(sample) * sample;
  }
  return std::sqrt(energy / static_cast<double>(samples.size()));
}

// Without the 0.4 s (200 samples at 500 Hz) at each end, where the filter sees a sudden edge.
std::span<const float> Middle(const Recording& recording) {
  const auto edge = static_cast<std::size_t>(recording.sample_rate_hz * 2 / 5);
  return std::span(recording.samples).subspan(edge, recording.samples.size() - 2 * edge);
}

TEST(Resample, KeepsASineWhereItIs) {
  for (const int from_hz : {500, 2000, 8000, 11025, 44100, 48000, 192'000}) {
    for (const int to_hz : {1000, 4000, 16000}) {
      const auto resampled = Resample({Sine(2.0, from_hz, 90), from_hz}, to_hz);
      ASSERT_TRUE(resampled.has_value()) << resampled.error().message;
      EXPECT_EQ(resampled->sample_rate_hz, to_hz);
      const Recording expected{Sine(2.0, to_hz, 90), to_hz};
      ASSERT_EQ(resampled->samples.size(), expected.samples.size());
      // soxr's high quality is good for 20 bits: 1e-6 of full scale, with room for float rounding.
      EXPECT_LT(test::MaxDifference(Middle(*resampled), Middle(expected)), 1e-5)
          << from_hz << " -> " << to_hz;
    }
  }
}

TEST(Resample, LeavesOutWhatTheNewRateCannotHold) {
  const auto resampled = Resample({Sine(2.0, 8000, 3000), 8000}, 4000);
  ASSERT_TRUE(resampled.has_value());
  // A sine of RMS 0.35, 1 kHz above the new rate's half: 100 dB down.
  EXPECT_LT(Rms(Middle(*resampled)), 1e-5);
}

TEST(Resample, RoundsTheLength) {
  for (const std::size_t samples : {1U, 2U, 7U, 1000U, 4409U, 4410U, 4411U}) {
    for (const auto& [from_hz, to_hz] : {std::pair{44100, 4000}, {4000, 44100}, {2000, 4000}}) {
      const Recording recording{std::vector<float>(samples, 0.1F), from_hz};
      const auto resampled = Resample(recording, to_hz);
      ASSERT_TRUE(resampled.has_value()) << samples << ": " << from_hz << " -> " << to_hz;
      const double exact = static_cast<double>(samples) * to_hz / from_hz;
      EXPECT_EQ(resampled->samples.size(), static_cast<std::size_t>(std::llround(exact)));
    }
  }
}

TEST(Resample, KeepsAConstantToTheEnd) {
  const auto resampled = Resample({std::vector<float>(4411, 0.5F), 44100}, 4000);
  ASSERT_TRUE(resampled.has_value());
  // The filter sees silence behind the end and so may halve the level there, but no sample is left
  // out.
  EXPECT_TRUE(std::ranges::all_of(resampled->samples, [](float x) { return x > 0.2F; }));
}

TEST(Resample, CopiesAtTheSameRate) {
  const Recording recording{Sine(1.0, 4000), 4000};
  const auto resampled = Resample(recording, 4000);
  ASSERT_TRUE(resampled.has_value());
  EXPECT_EQ(resampled->samples, recording.samples);
}

TEST(Resample, GivesTheSameEachTime) {
  const Recording recording{Sine(1.0, 44100), 44100};
  EXPECT_EQ(Resample(recording, 4000)->samples, Resample(recording, 4000)->samples);
}

TEST(Resampler, GivesTheSameHoweverTheRecordingIsCut) {
  const Recording whole{Sine(1.0, 44100), 44100};
  const auto expected = Resample(whole, 4000);
  ASSERT_TRUE(expected.has_value());
  for (const std::size_t piece : {1U, 100U, 8191U, 8192U, 50'000U}) {
    auto resampler = Resampler::Create(44100, 4000);
    ASSERT_TRUE(resampler.has_value());
    std::vector<float> samples;
    for (std::size_t at = 0; at < whole.samples.size(); at += piece) {
      const auto ready = resampler->Push(
          std::span(whole.samples).subspan(at, std::min(piece, whole.samples.size() - at)));
      ASSERT_TRUE(ready.has_value());
      samples.insert(samples.end(), ready->begin(), ready->end());
    }
    const auto rest = resampler->Finish();
    ASSERT_TRUE(rest.has_value());
    samples.insert(samples.end(), rest->begin(), rest->end());
    EXPECT_EQ(samples, expected->samples) << "pieces of " << piece;
  }
}

TEST(Resample, TakesAnEmptyRecording) {
  const auto resampled = Resample({{}, 2000}, 4000);
  ASSERT_TRUE(resampled.has_value());
  EXPECT_TRUE(resampled->samples.empty());
  EXPECT_EQ(resampled->sample_rate_hz, 4000);
}

TEST(Resample, RefusesRatesThatAreNone) {
  for (const auto& [from_hz, to_hz] : {std::pair{0, 4000}, {-1, 4000}, {2000, 0}, {2000, -4000}}) {
    const auto resampled = Resample({{0.5F, 0.5F}, from_hz}, to_hz);
    ASSERT_FALSE(resampled.has_value());
    EXPECT_EQ(resampled.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Resample, RefusesToFillTheMemory) {
  const auto resampled = Resample({std::vector<float>(10'000, 0.5F), 1}, 2'000'000'000);
  ASSERT_FALSE(resampled.has_value());
  EXPECT_EQ(resampled.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace heartbeat::audio
