#include "features/power_spectrum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "features/test_spectrum.h"

namespace heartbeat::features {
namespace {

class PowerSpectrumShapes : public testing::TestWithParam<SpectrumShape> {};

TEST_P(PowerSpectrumShapes, IsTheDefinition) {
  const auto shape = GetParam();
  const std::vector<float> samples = NoiseFor(shape);

  const int bins = shape.fft_samples / 2 + 1;
  const PowerSpectrum spectrum(shape.window_samples, shape.fft_samples, 0, bins);
  auto scratch = spectrum.MakeScratch();
  std::vector<float> power(static_cast<std::size_t>(bins) * shape.frames, NAN);
  ASSERT_TRUE(spectrum.Compute(samples, shape.hop_samples, shape.frames, power, scratch));

  for (int frame = 0; frame < shape.frames; ++frame) {
    const auto window =
        std::span(samples).subspan(static_cast<std::size_t>(frame) * shape.hop_samples,
                                   static_cast<std::size_t>(shape.window_samples));
    for (int bin = 0; bin < bins; ++bin) {
      // Of noise, the amplitude is some sqrt(window / 8) and its rounding 10^-6 of it, which the
      // square doubles; nothing below that counts.
      const double expected = DirectPower(window, shape.fft_samples, bin);
      const double amplitude = std::sqrt(shape.window_samples / 8.0);
      EXPECT_NEAR(power[static_cast<std::size_t>(bin * shape.frames + frame)], expected,
                  1e-5 * amplitude * (amplitude + std::sqrt(expected)))
          << "frame " << frame << " bin " << bin;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, PowerSpectrumShapes,
                         testing::Values(SpectrumShape{256, 1024, 64, 3},
                                         SpectrumShape{64, 64, 16, PowerSpectrum::kMaxFrames},
                                         SpectrumShape{65, 128, 10, 2}, SpectrumShape{2, 16, 1, 5},
                                         SpectrumShape{3, 16, 7, 1},
                                         SpectrumShape{100, 250, 100, 4}));

TEST(PowerSpectrum, TakesOnlyTheBinsAskedFor) {
  std::vector<float> samples(64);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = std::sin(static_cast<float>(i));
  const PowerSpectrum all(64, 64, 0, 33);
  const PowerSpectrum some(64, 64, 7, 5);
  auto all_scratch = all.MakeScratch();
  auto some_scratch = some.MakeScratch();
  std::vector<float> all_power(33);
  std::vector<float> some_power(5);
  ASSERT_TRUE(all.Compute(samples, 1, 1, all_power, all_scratch));
  ASSERT_TRUE(some.Compute(samples, 1, 1, some_power, some_scratch));
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(some_power[i], all_power[i + 7], 1e-5 * all_power[i + 7] + 1e-6);
  }
}

// What decides about the 0.01 dB near -80 dB: a weak tone in the same window as a loud one.
TEST(PowerSpectrum, HoldsAHundredthOfADecibelBesideATone80DecibelsLouder) {
  for (const auto& [window_samples, fft_samples] : {std::pair{2048, 2048}, std::pair{256, 1024}}) {
    std::vector<float> samples(static_cast<std::size_t>(window_samples));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double t = static_cast<double>(i) / 4000;
      samples[i] = static_cast<float>(0.9 * std::sin(2 * std::numbers::pi * 61 * t) +
                                      0.9e-4 * std::sin(2 * std::numbers::pi * 750 * t));
    }
    const int bins = fft_samples / 2 + 1;
    const PowerSpectrum spectrum(window_samples, fft_samples, 0, bins);
    auto scratch = spectrum.MakeScratch();
    std::vector<float> power(static_cast<std::size_t>(bins));
    ASSERT_TRUE(spectrum.Compute(samples, 1, 1, power, scratch));
    const int bin = 750 * fft_samples / 4000;
    const double decibels = 10 * std::log10(power[static_cast<std::size_t>(bin)] /
                                            DirectPower(samples, fft_samples, bin));
    EXPECT_NEAR(decibels, 0, 0.01) << window_samples;
  }
}

}  // namespace
}  // namespace heartbeat::features
