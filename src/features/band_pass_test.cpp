#include "features/band_pass.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace heartbeat::features {
namespace {

constexpr int kRate = 4000;

std::vector<float> Sine(double hz, std::size_t count, double phase = 0) {
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    samples[i] = static_cast<float>(
        std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / kRate + phase));
  }
  return samples;
}

// |H|^2 of all sections: the gain of the pass forward and the pass backward together.
double Gain(const BandPass& filter, double hz) {
  const auto z = std::polar(1.0, -2 * std::numbers::pi * hz / kRate);
  double gain = 1;
  for (const auto& q : filter.sections()) {
    gain *= std::norm((q.b0 + q.b1 * z + q.b2 * z * z) / (1.0 + q.a1 * z + q.a2 * z * z));
  }
  return gain;
}

TEST(BandPass, SectionsAreScipys) {
  // scipy 1.10: butter(4, 900, 'lowpass', fs=4000, output='sos'), all of the gain in the first row.
  const BandPass low(0, 900, kRate);
  ASSERT_EQ(low.sections().size(), 2U);
  double gain = 1;
  for (const auto& q : low.sections()) {
    EXPECT_NEAR(q.b1 / q.b0, 2, 1e-12);
    gain *= q.b0;
  }
  EXPECT_NEAR(gain, 0.06750480601637318, 1e-12);
  // SciPy prints eight digits and puts the broader section first.
  EXPECT_NEAR(low.sections()[1].a1, -0.16359117, 1e-8);
  EXPECT_NEAR(low.sections()[1].a2, 0.04574888, 1e-8);
  EXPECT_NEAR(low.sections()[0].a1, -0.22705029, 1e-8);
  EXPECT_NEAR(low.sections()[0].a2, 0.45140834, 1e-8);

  const BandPass high(20, 0, kRate);
  ASSERT_EQ(high.sections().size(), 2U);
  gain = 1;
  for (const auto& q : high.sections()) {
    EXPECT_NEAR(q.b1 / q.b0, -2, 1e-12);
    gain *= q.b0;
  }
  EXPECT_NEAR(high.sections()[1].a1, -1.94263823, 1e-8);
  EXPECT_NEAR(high.sections()[1].a2, 0.94359728, 1e-8);
  EXPECT_NEAR(high.sections()[0].a1, -1.97526963, 1e-8);
  EXPECT_NEAR(high.sections()[0].a2, 0.97624479, 1e-8);
  EXPECT_NEAR(gain, 0.9597822300872386, 1e-12);
}

TEST(BandPass, HasHalfTheAmplitudeAtItsEdgesAndNoneFarOutside) {
  const BandPass filter(20, 900, kRate);
  // Butterworth: exactly -3 dB at an edge, twice; the other edge adds nothing that matters.
  EXPECT_NEAR(Gain(filter, 20), 0.5, 1e-6);
  EXPECT_NEAR(Gain(filter, 900), 0.5, 1e-6);
  EXPECT_NEAR(Gain(filter, 150), 1, 1e-4);
  EXPECT_LT(Gain(filter, 2), 1e-7);
  EXPECT_LT(Gain(filter, 1500), 1e-3);
  EXPECT_LT(Gain(filter, 1990), 1e-12);
}

TEST(BandPass, LeavesAToneInItsPlace) {
  const BandPass filter(20, 900, kRate);
  const auto tone = Sine(150, 4000, 0.4);
  const auto filtered = filter.Apply(tone);
  ASSERT_EQ(filtered.size(), tone.size());
  // Any delay would show: one sample is 0.24 of the amplitude. The ends ring for 0.2 s.
  for (std::size_t i = 1000; i < 3000; ++i) ASSERT_NEAR(filtered[i], tone[i], 1e-3) << i;
}

TEST(BandPass, RemovesAConstantAndASlowDrift) {
  const BandPass filter(20, 900, kRate);
  const std::vector<float> constant(4000, 0.7F);
  // Float rounding of 0.7.
  for (const float value : filter.Apply(constant)) ASSERT_NEAR(value, 0, 1e-6);
  std::vector<float> drift(4000);
  for (std::size_t i = 0; i < drift.size(); ++i) drift[i] = static_cast<float>(i) / 4000;
  const auto filtered = filter.Apply(drift);
  // Mirrored, a slope has a kink at its ends, which rings in a hundredth of the drift.
  for (const float value : filtered) ASSERT_NEAR(value, 0, 0.02);
  for (std::size_t i = 1000; i < 3000; ++i) ASSERT_NEAR(filtered[i], 0, 1e-4);
}

TEST(BandPass, EachEdgeWorksAlone) {
  const std::vector<float> constant(1000, 0.5F);
  for (const float value : BandPass(0, 900, kRate).Apply(constant)) EXPECT_NEAR(value, 0.5, 1e-6);
  for (const float value : BandPass(20, 0, kRate).Apply(constant)) EXPECT_NEAR(value, 0, 1e-6);
  const auto tone = Sine(1900, 4000);
  const auto high_passed = BandPass(20, 0, kRate).Apply(tone);
  for (std::size_t i = 1000; i < 3000; ++i) ASSERT_NEAR(high_passed[i], tone[i], 1e-3);
}

TEST(BandPass, WithoutEdgesChangesNothing) {
  const auto tone = Sine(100, 50);
  EXPECT_EQ(BandPass(0, 0, kRate).Apply(tone), tone);
}

TEST(BandPass, TakesTheShortestRecordings) {
  const BandPass filter(20, 900, kRate);
  EXPECT_TRUE(filter.Apply({}).empty());
  const std::vector<float> one{0.5F};
  ASSERT_EQ(filter.Apply(one).size(), 1U);
  EXPECT_NEAR(filter.Apply(one)[0], 0, 1e-6);
  EXPECT_EQ(filter.PadSamples(0), 0U);
  EXPECT_EQ(filter.PadSamples(1), 0U);
  EXPECT_EQ(filter.PadSamples(101), 100U);
  EXPECT_EQ(filter.PadSamples(100'000), 600U);  // three periods of 20 Hz
  const auto two = filter.Apply(std::vector<float>{0.5F, -0.5F});
  ASSERT_EQ(two.size(), 2U);
  EXPECT_TRUE(std::isfinite(two[0]) && std::isfinite(two[1]));
}

TEST(BandPass, TurnsBackwardsWithTheRecording) {
  // Forward, then backward: the recording played backwards gives the result backwards, but for the
  // order of the passes, which only matters at the ends.
  const BandPass filter(20, 900, kRate);
  auto samples = Sine(90, 4000, 1.0);
  for (std::size_t i = 1500; i < 1600; ++i) samples[i] += 0.5F;
  auto forward = filter.Apply(samples);
  std::ranges::reverse(samples);
  const auto backward = filter.Apply(samples);
  std::ranges::reverse(forward);
  for (std::size_t i = 600; i < 3400; ++i) EXPECT_NEAR(forward[i], backward[i], 1e-5);
}

}  // namespace
}  // namespace heartbeat::features
