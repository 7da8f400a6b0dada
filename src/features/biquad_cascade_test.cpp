#include "features/biquad_cascade.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "features/band_pass.h"

namespace heartbeat::features {
namespace {

// The difference equation, sample by sample, each section over the whole in double.
std::vector<double> Direct(std::span<const Biquad> sections, std::span<const float> samples) {
  std::vector<double> values(samples.begin(), samples.end());
  double level = values[0];
  for (const Biquad& q : sections) {
    const double gain = (q.b0 + q.b1 + q.b2) / (1 + q.a1 + q.a2);
    double x1 = level;
    double x2 = level;
    double y1 = level * gain;
    double y2 = y1;
    for (double& value : values) {
      const double y = q.b0 * value + q.b1 * x1 + q.b2 * x2 - q.a1 * y1 - q.a2 * y2;
      x2 = x1;
      x1 = value;
      y2 = y1;
      y1 = y;
      value = y;
    }
    level *= gain;
  }
  return values;
}

// Noise that is loud in some places, and then all but silent.
std::vector<float> Sound(std::size_t samples) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> sound(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    sound[i] = normal(random) * (i / 1000 % 3 == 0 ? 1.0F : 1e-5F) + 0.3F;
  }
  return sound;
}

void ExpectDirect(std::span<const Biquad> sections, const std::vector<float>& sound) {
  const auto expected = Direct(sections, sound);
  std::vector<float> filtered = sound;
  ApplyCascade(sections, Direction::kForward, filtered);
  std::vector<float> backwards(sound.rbegin(), sound.rend());
  ApplyCascade(sections, Direction::kBackward, backwards);
  std::ranges::reverse(backwards);
  for (std::size_t i = 0; i < sound.size(); ++i) {
    // Half a float's last place, and double's rounding, which the poles near 1 make larger.
    ASSERT_NEAR(filtered[i], expected[i], 6e-8 * std::abs(expected[i]) + 1e-11)
        << i << " of " << sound.size();
    ASSERT_EQ(filtered[i], backwards[i]) << i << " of " << sound.size();
  }
}

TEST(BiquadCascade, IsTheDifferenceEquationInPartsAndInOne) {
  for (const auto& [low_hz, high_hz] : {std::pair{20, 900}, std::pair{0, 900}, std::pair{20, 0}}) {
    const auto sections = BandPass(low_hz, high_hz, 4000).sections();
    const std::size_t parts_from = 4 * SettlingSamples(sections);
    for (const std::size_t samples : {std::size_t{1}, std::size_t{7}, parts_from - 1, parts_from,
                                      parts_from + 3, 3 * parts_from + 2}) {
      ExpectDirect(sections, Sound(samples));
    }
  }
}

TEST(BiquadCascade, HearsNothingThatHasEnded) {
  const auto sections = BandPass(20, 900, 4000).sections();
  std::vector<float> sound(100'000);
  std::fill_n(sound.begin(), 100, 1.0F);
  ApplyCascade(sections, Direction::kForward, sound);
  // The ringing decays by e every 83 samples, and ends before it is slow to compute.
  for (std::size_t i = 60'000; i < sound.size(); ++i) ASSERT_EQ(sound[i], 0.0F) << i;
}

TEST(BiquadCascade, SettlesByItsSlowestPole) {
  // 0.9^n = 2^-52 at n = 342.1.
  const std::vector<Biquad> sections = {{.a1 = -1.2, .a2 = 0.81}, {.a1 = -0.5, .a2 = 0.1}};
  EXPECT_EQ(SettlingSamples(sections), 343U);
  // SciPy's poles of butter(4, 20, 'highpass', fs=4000): magnitude sqrt(0.97624479).
  EXPECT_NEAR(static_cast<double>(SettlingSamples(BandPass(20, 900, 4000).sections())),
              -2 * 52 * std::log(2.0) / std::log(0.97624479), 1.0);
}

TEST(BiquadCascade, RunsInOnePieceWhereNothingDecays) {
  const std::vector<Biquad> sections = {{.b0 = 1, .b1 = -2, .b2 = 1, .a1 = -2, .a2 = 1}, {}};
  EXPECT_GT(SettlingSamples(sections), std::size_t{1} << 40);
  const auto millihertz = BandPass(1e-3, 0, 4000).sections();
  std::vector<float> sound = Sound(1000);
  ApplyCascade(millihertz, Direction::kForward, sound);
  for (const float value : sound) ASSERT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace heartbeat::features
