#include "features/shared_spectrum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "features/frame_spectrum.h"
#include "features/test_spectrum.h"

namespace heartbeat::features {
namespace {

TEST(SharedSpectrum, FitsWhereFramesOverlapByWholeHops) {
  EXPECT_TRUE(SharedSpectrum::Fits(256, 1024, 64));
  EXPECT_TRUE(SharedSpectrum::Fits(2048, 2048, 256));
  EXPECT_TRUE(SharedSpectrum::Fits(256, 256, 128));
  EXPECT_FALSE(SharedSpectrum::Fits(256, 256, 256)) << "nothing is shared";
  EXPECT_FALSE(SharedSpectrum::Fits(192, 384, 64)) << "three hops";
  EXPECT_FALSE(SharedSpectrum::Fits(250, 1000, 64)) << "no whole number of hops";
  EXPECT_FALSE(SharedSpectrum::Fits(256, 1000, 64)) << "no whole number of windows";
  EXPECT_FALSE(SharedSpectrum::Fits(12, 24, 3)) << "a hop without a centre between samples";
  EXPECT_FALSE(SharedSpectrum::Fits(256, 1024, 0));
}

class SharedSpectrumShapes : public testing::TestWithParam<SpectrumShape> {};

// All bins, so that those beside 0 and beside the highest one need what lies beyond them.
TEST_P(SharedSpectrumShapes, IsTheDefinition) {
  const auto shape = GetParam();
  const std::vector<float> samples = NoiseFor(shape);

  const int bins = shape.fft_samples / 2 + 1;
  const SharedSpectrum spectrum(shape.window_samples, shape.fft_samples, shape.hop_samples, 0,
                                bins);
  auto scratch = spectrum.MakeScratch();
  std::vector<float> power(static_cast<std::size_t>(bins) * shape.frames, NAN);
  ASSERT_TRUE(spectrum.Compute(samples, shape.frames, power, scratch));

  for (int frame = 0; frame < shape.frames; ++frame) {
    const auto window = std::span(samples).subspan(
        static_cast<std::size_t>(frame) * static_cast<std::size_t>(shape.hop_samples),
        static_cast<std::size_t>(shape.window_samples));
    for (int bin = 0; bin < bins; ++bin) {
      // As for PowerSpectrum: 10^-5 of the amplitude of noise.
      const double expected = DirectPower(window, shape.fft_samples, bin);
      const double amplitude = std::sqrt(shape.window_samples / 8.0);
      EXPECT_NEAR(power[static_cast<std::size_t>(bin * shape.frames + frame)], expected,
                  1e-5 * amplitude * (amplitude + std::sqrt(expected)))
          << "frame " << frame << " bin " << bin;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, SharedSpectrumShapes,
                         testing::Values(SpectrumShape{256, 1024, 64, 3},
                                         SpectrumShape{64, 64, 16, SharedSpectrum::kMaxFrames},
                                         SpectrumShape{64, 128, 32, 1}, SpectrumShape{48, 96, 4, 7},
                                         SpectrumShape{512, 512, 64, 2}));

TEST(SharedSpectrum, TakesOnlyTheBinsAskedForWhateverWasComputedBefore) {
  std::vector<float> samples(64 + 3 * 16);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = std::sin(static_cast<float>(i));
  const SharedSpectrum all(64, 128, 16, 0, 65);
  const SharedSpectrum some(64, 128, 16, 7, 5);
  auto all_scratch = all.MakeScratch();
  auto some_scratch = some.MakeScratch();
  std::vector<float> all_power(std::size_t{65} * 4);
  std::vector<float> some_power(std::size_t{5} * 4);
  ASSERT_TRUE(some.Compute(samples, 1, std::span(some_power).first(5), some_scratch));
  ASSERT_TRUE(all.Compute(samples, 4, all_power, all_scratch));
  ASSERT_TRUE(some.Compute(samples, 4, some_power, some_scratch));
  for (std::size_t i = 0; i < some_power.size(); ++i) {
    const float expected = all_power[i + std::size_t{7} * 4];
    EXPECT_NEAR(some_power[i], expected, 1e-5 * expected + 1e-6);
  }
}

// What decides about the 0.01 dB near -80 dB: a weak tone in the same window as a loud one, whose
// leakage the Hann window takes away only where bins are added up.
TEST(SharedSpectrum, HoldsAHundredthOfADecibelBesideATone80DecibelsLouder) {
  for (const auto& [window_samples, fft_samples, hop_samples] :
       {std::tuple{2048, 2048, 256}, std::tuple{256, 1024, 64}}) {
    std::vector<float> samples(static_cast<std::size_t>(window_samples));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double t = static_cast<double>(i) / 4000;
      samples[i] = static_cast<float>(0.9 * std::sin(2 * std::numbers::pi * 61 * t) +
                                      0.9e-4 * std::sin(2 * std::numbers::pi * 750 * t));
    }
    const int bins = fft_samples / 2 + 1;
    const SharedSpectrum spectrum(window_samples, fft_samples, hop_samples, 0, bins);
    auto scratch = spectrum.MakeScratch();
    std::vector<float> power(static_cast<std::size_t>(bins));
    ASSERT_TRUE(spectrum.Compute(samples, 1, power, scratch));
    const int bin = 750 * fft_samples / 4000;
    const double decibels = 10 * std::log10(power[static_cast<std::size_t>(bin)] /
                                            DirectPower(samples, fft_samples, bin));
    EXPECT_NEAR(decibels, 0, 0.01) << window_samples;
  }
}

TEST(FrameSpectrum, IsTheSameWithAndWithoutSharing) {
  constexpr int kWindow = 64;
  constexpr int kFrames = 5;
  std::vector<float> samples(256);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = std::sin(static_cast<float>(i));
  for (const int hop_samples : {16, 15}) {
    const FrameSpectrum frames(kWindow, kWindow, hop_samples, 2, 9);
    EXPECT_EQ(frames.max_frames(),
              hop_samples == 16 ? SharedSpectrum::kMaxFrames : PowerSpectrum::kMaxFrames);
    auto scratch = frames.MakeScratch();
    std::vector<float> power(std::size_t{9} * kFrames);
    ASSERT_TRUE(frames.Compute(samples, kFrames, power, scratch));
    for (int frame = 0; frame < kFrames; ++frame) {
      const auto window = std::span(samples).subspan(
          static_cast<std::size_t>(frame) * static_cast<std::size_t>(hop_samples), kWindow);
      for (int bin = 0; bin < 9; ++bin) {
        const double expected = DirectPower(window, kWindow, bin + 2);
        EXPECT_NEAR(power[static_cast<std::size_t>(bin * kFrames + frame)], expected,
                    1e-5 * expected + 1e-5);
      }
    }
  }
}

}  // namespace
}  // namespace heartbeat::features
