#include "features/log_mel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <numbers>

#include "base/parallel.h"
#include "features/npy_test_reader.h"

namespace heartbeat::features {
namespace {

using base::ErrorCode;

audio::Recording Sine(double hz, double seconds, double amplitude = 0.5) {
  audio::Recording recording{{}, 4000};
  recording.samples.resize(static_cast<std::size_t>(seconds * 4000));
  for (std::size_t i = 0; i < recording.samples.size(); ++i) {
    recording.samples[i] = static_cast<float>(
        amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / 4000));
  }
  return recording;
}

audio::Recording RealRecording() {
  const auto path =
      std::filesystem::path(HEARTBEAT_SOURCE_DIR) / "src/features/testdata/a0058.pcm.npy";
  audio::Recording recording{ReadNpy(path).values, 4000};
  for (auto& sample : recording.samples) sample /= 32768;
  return recording;
}

LogMelConfig WithoutNormalization() {
  LogMelConfig config;
  config.normalization = Normalization::kNone;
  return config;
}

double MaxDifference(const Spectrogram& a, const Spectrogram& b) {
  EXPECT_EQ(a.values.size(), b.values.size());
  double largest = 0;
  for (std::size_t i = 0; i < std::min(a.values.size(), b.values.size()); ++i) {
    const double difference = std::abs(a.values[i] - b.values[i]);
    if (!(difference <= largest)) largest = difference;  // a NaN counts
  }
  return largest;
}

TEST(LogMel, ASecondViewIsWhatAFrontEndOfItsOwnBandsGives) {
  LogMelConfig first;
  first.mel_bands = 64;
  first.top_db = 0;  // relative to the loudest of all bands, which need not be in the view
  LogMelConfig second = first;  // bands 1 to 32 of the first: 12 Hz from edge to edge
  second.mel_bands = 32;
  second.min_hz = 32;
  second.max_hz = 428;
  second.normalization = Normalization::kBandStandard;
  LogMelConfig both = first;
  both.second_view = SecondView{.first_band = 1, .bands = 32};
  const auto recording = RealRecording();
  const auto compute = [&](const LogMelConfig& config) {
    return LogMel::Create(config).value().Compute(recording).value();
  };
  auto expected = compute(first);
  const auto view = compute(second);
  expected.values.insert(expected.values.end(), view.values.begin(), view.values.end());
  const auto got = compute(both);
  EXPECT_EQ(both.Rows(), 96);
  EXPECT_EQ(got.mel_bands, 96);
  EXPECT_EQ(got.frames, expected.frames);
  EXPECT_LT(MaxDifference(got, expected), 1e-3);
}

TEST(LogMel, SineLandsInTheBandAroundItsFrequency) {
  for (const auto& config : {WithoutNormalization(), LogMelConfig::Original()}) {
    const auto log_mel = LogMel::Create(config).value();
    const auto centers = MelCentersHz(config);
    for (const double hz : {50.0, 100.0, 400.0}) {
      const auto spectrogram = log_mel.Compute(Sine(hz, 2)).value();
      const int middle = spectrogram.frames / 2;
      int loudest = 0;
      for (int mel = 1; mel < spectrogram.mel_bands; ++mel) {
        if (spectrogram.At(mel, middle) > spectrogram.At(loudest, middle)) loudest = mel;
      }
      // Bands of the default are 6 Hz apart, those of the original 13.
      const double apart = centers[1] - centers[0];
      EXPECT_NEAR(centers[static_cast<std::size_t>(loudest)], hz, apart) << hz << " Hz";
    }
  }
}

TEST(LogMel, GainChangesNothing) {
  const auto log_mel = LogMel::Create({}).value();
  const auto recording = RealRecording();
  const auto expected = log_mel.Compute(recording).value();
  for (const float gain : {0.01F, 0.1F, 0.5F, 3.0F, 100.0F}) {
    auto scaled = recording;
    for (auto& sample : scaled.samples) sample *= gain;
    // Scaling rounds each sample to a float, 80 dB below the loudest by up to 5e-4 dB.
    EXPECT_LE(MaxDifference(log_mel.Compute(scaled).value(), expected), 1e-3) << gain;
  }
}

TEST(LogMel, BandMediansAreZero) {
  const auto log_mel = LogMel::Create({}).value();
  const auto spectrogram = log_mel.Compute(RealRecording()).value();
  for (int mel = 0; mel < spectrogram.mel_bands; ++mel) {
    const auto band = spectrogram.Band(mel);
    std::vector<float> sorted(band.begin(), band.end());
    std::ranges::sort(sorted);
    ASSERT_EQ(sorted.size() % 2, 1U);
    EXPECT_EQ(sorted[sorted.size() / 2], 0) << mel;
  }
}

// As loud as the recording's loudest sample, above everything the front end declares.
constexpr std::array<double, 3> kTonesAboveTheBandHz = {1200.0, 1500.0, 1900.0};
// What filter (-33 dB at 1200 Hz) and window (-95 dB 400 Hz away) leave of a tone, beside a band 80
// dB below the loudest.
constexpr double kTraceDb = 0.05;

audio::Recording Added(audio::Recording recording, const audio::Recording& tone) {
  for (std::size_t i = 0; i < recording.samples.size(); ++i) {
    recording.samples[i] += tone.samples[i];
  }
  return recording;
}

float Peak(const audio::Recording& recording) {
  float peak = 0;
  for (const float sample : recording.samples) peak = std::max(peak, std::abs(sample));
  return peak;
}

TEST(LogMel, NothingAboveTheBandReachesTheSpectrogram) {
  const auto log_mel = LogMel::Create({}).value();
  const auto recording = RealRecording();
  const auto expected = log_mel.Compute(recording).value();
  for (const double hz : kTonesAboveTheBandHz) {
    // Swells and fades over 0.1 s: a tone that starts at once has sound at every frequency.
    auto tone = Sine(hz, 5, Peak(recording));
    constexpr std::size_t kFade = 400;
    for (std::size_t i = 0; i < kFade; ++i) {
      const auto gain = static_cast<float>(
          0.5 - 0.5 * std::cos(std::numbers::pi * static_cast<double>(i) / kFade));
      tone.samples[i] *= gain;
      tone.samples[tone.samples.size() - 1 - i] *= gain;
    }
    const auto heard = log_mel.Compute(Added(recording, tone)).value();
    EXPECT_LE(MaxDifference(heard, expected), kTraceDb) << hz << " Hz";
  }
}

TEST(LogMel, AToneThatStartsAtOnceIsHeardAtTheEndsOnly) {
  const auto log_mel = LogMel::Create(WithoutNormalization()).value();
  const auto recording = RealRecording();
  const auto expected = log_mel.Compute(recording).value();
  for (const double hz : kTonesAboveTheBandHz) {
    const auto heard = log_mel.Compute(Added(recording, Sine(hz, 5, Peak(recording)))).value();
    double largest = 0;
    for (int mel = 0; mel < heard.mel_bands; ++mel) {
      // A window is four hops; the click at an end rings as long as the filter.
      for (int frame = 15; frame < heard.frames - 15; ++frame) {
        largest =
            std::max<double>(largest, std::abs(heard.At(mel, frame) - expected.At(mel, frame)));
      }
    }
    EXPECT_LE(largest, kTraceDb) << hz << " Hz";
  }
}

TEST(LogMel, SilenceIsFlat) {
  const audio::Recording silence{std::vector<float>(8000, 0.0F), 4000};
  for (const auto& config : {LogMelConfig{}, LogMelConfig::Original()}) {
    const auto spectrogram = LogMel::Create(config).value().Compute(silence).value();
    for (const float value : spectrogram.values) ASSERT_EQ(value, 0);
  }
}

TEST(LogMel, TakesRecordingsShorterThanAWindow) {
  for (const auto padding : {Padding::kConstant, Padding::kReflect}) {
    LogMelConfig config;
    config.padding = padding;
    const auto log_mel = LogMel::Create(config).value();
    for (const std::size_t count : {1U, 2U, 3U, 63U, 64U, 100U, 255U, 600U}) {
      audio::Recording recording{std::vector<float>(count), 4000};
      for (std::size_t i = 0; i < count; ++i) {
        recording.samples[i] = 0.3F * std::sin(static_cast<float>(i * i));
      }
      const auto spectrogram = log_mel.Compute(recording);
      ASSERT_TRUE(spectrogram);
      EXPECT_EQ(spectrogram->frames, config.FrameCount(count));
      ASSERT_EQ(spectrogram->values.size(),
                static_cast<std::size_t>(128 * config.FrameCount(count)));
      for (const float value : spectrogram->values) ASSERT_TRUE(std::isfinite(value)) << count;
    }
  }
}

TEST(LogMel, ReflectsAtTheEnds) {
  // A cosine with its crests on the first and the last sample goes on as it was when reflected, so
  // that the first frame is like those in the middle; with zeros it is half as loud (-6 dB).
  LogMelConfig config;
  config.band_pass_low_hz = 0;
  config.band_pass_high_hz = 0;
  config.normalization = Normalization::kNone;
  audio::Recording recording{std::vector<float>(4001), 4000};
  for (std::size_t i = 0; i < recording.samples.size(); ++i) {
    recording.samples[i] =
        static_cast<float>(std::cos(2 * std::numbers::pi * 125 * static_cast<double>(i) / 4000));
  }
  const auto centers = MelCentersHz(config);
  const auto mel = static_cast<int>(std::ranges::lower_bound(centers, 125.0) - centers.begin());
  config.padding = Padding::kReflect;
  const auto reflected = LogMel::Create(config).value().Compute(recording).value();
  EXPECT_NEAR(reflected.At(mel, 0), reflected.At(mel, 30), 1e-3);
  EXPECT_NEAR(reflected.At(mel, 62), reflected.At(mel, 30), 1e-3);
  config.padding = Padding::kConstant;
  const auto zeros = LogMel::Create(config).value().Compute(recording).value();
  EXPECT_NEAR(zeros.At(mel, 0), zeros.At(mel, 30) - 6, 1);
}

TEST(LogMel, BlocksDoNotShow) {
  // The frames of a recording's second half are those of the half alone, away from its ends.
  LogMelConfig config = WithoutNormalization();
  config.band_pass_low_hz = 0;
  config.band_pass_high_hz = 0;
  config.decibel_reference = DecibelReference::kOne;
  config.top_db = 0;
  const auto log_mel = LogMel::Create(config).value();
  const auto whole = RealRecording();
  audio::Recording half{{whole.samples.begin() + 64 * 101, whole.samples.end()}, 4000};
  const auto all = log_mel.Compute(whole).value();
  const auto part = log_mel.Compute(half).value();
  for (int mel = 0; mel < all.mel_bands; ++mel) {
    for (int frame = 4; frame < part.frames - 4; ++frame) {
      // Another place in the block, another order of additions.
      ASSERT_NEAR(part.At(mel, frame), all.At(mel, frame + 101), 0.01);
    }
  }
}

TEST(LogMel, ManyThreadsGiveTheSameBits) {
  const auto log_mel = LogMel::Create({}).value();
  const auto recording = RealRecording();
  const auto expected = log_mel.Compute(recording).value();
  std::vector<Spectrogram> results(8);
  base::ParallelFor(results.size(), 4,
                    [&](std::size_t i) { results[i] = log_mel.Compute(recording).value(); });
  for (const auto& result : results) EXPECT_EQ(result.values, expected.values);
}

TEST(LogMel, RefusesWhatItCannotHear) {
  const auto log_mel = LogMel::Create({}).value();
  const auto code = [&](const audio::Recording& recording) {
    const auto result = log_mel.Compute(recording);
    EXPECT_FALSE(result);
    return result ? ErrorCode::kInternal : result.error().code;
  };
  EXPECT_EQ(code({{}, 4000}), ErrorCode::kEmptyRecording);
  EXPECT_EQ(code({{0.1F, 0.2F}, 2000}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({{0.1F, NAN}, 4000}), ErrorCode::kNonFiniteSamples);
  EXPECT_EQ(code({{INFINITY, -INFINITY}, 4000}), ErrorCode::kNonFiniteSamples);
  EXPECT_EQ(code({{0.1F, -1e30F}, 4000}), ErrorCode::kCorruptRecording);
  EXPECT_EQ(code({{0.1F, 1e7F}, 4000}), ErrorCode::kCorruptRecording);
}

TEST(LogMel, RefusesASpectrogramThatWouldTakeTooMuchMemory) {
  LogMelConfig config;
  config.hop_samples = 1;
  config.mel_bands = 100;
  const auto log_mel = LogMel::Create(config).value();
  const audio::Recording recording{std::vector<float>(kMaxSpectrogramValues / 100 + 1), 4000};
  const auto result = log_mel.Compute(recording);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kRecordingTooLong);
}

TEST(LogMel, LoudestPossibleSamplesStayFinite) {
  audio::Recording recording = Sine(100, 1, 1e6);
  const auto result = LogMel::Create({}).value().Compute(recording);
  ASSERT_TRUE(result);
  for (const float value : result->values) ASSERT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace heartbeat::features
