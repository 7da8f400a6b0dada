#include "training/augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "training/test_examples.h"

namespace heartbeat::training {
namespace {

constexpr int kFrames = 30;

AugmentationConfig Nothing() {
  AugmentationConfig config;
  config.stretch_min = config.stretch_max = 1;
  config.gain_db = config.equalizer_step_db = config.noise_probability = 0;
  config.band_shift = config.time_masks = config.band_masks = 0;
  return config;
}

class AugmentTest : public testing::Test {
 protected:
  std::vector<float> Draw(const AugmentationConfig& config, std::uint64_t index = 0,
                          int mel_bands = kBands) {
    Random random(1, 2, index);
    std::vector<float> out(kBands * kFrames, NAN);
    DrawAugmentedWindow(example_, config, mel_bands, kScale, kFrames, random, out);
    return out;
  }
  static constexpr std::size_t kBands = 16;
  static constexpr double kScale = 0.1;
  Example example_ = MakeExamples(TinyConfig(), 1)[1];
};

TEST_F(AugmentTest, NothingIsAPieceOfTheRecording) {
  const auto window = Draw(Nothing());
  // The start lies between two frames, so each value lies between two neighbours.
  bool found = false;
  for (std::size_t start = 0; start + kFrames < 70 && !found; ++start) {
    bool fits = true;
    for (std::size_t i = 0; i < window.size() && fits; ++i) {
      const std::size_t at = i / kFrames * 70 + start + i % kFrames;
      const float a = example_.centibels[at] * 0.001F;
      const float b = example_.centibels[at + 1] * 0.001F;
      // 1e-5 of some dB: rounding of floats only.
      fits = window[i] >= std::min(a, b) - 1e-5F && window[i] <= std::max(a, b) + 1e-5F;
    }
    found = fits;
  }
  EXPECT_TRUE(found);
}

TEST_F(AugmentTest, EveryValueIsWrittenAndFinite) {
  AugmentationConfig everything;
  everything.noise_probability = 1;
  everything.band_shift = 3;
  everything.time_mask_frames = 5;
  everything.band_mask_bands = 3;
  for (std::uint64_t i = 0; i < 200; ++i) {
    for (const float value : Draw(everything, i)) ASSERT_TRUE(std::isfinite(value));
  }
}

TEST_F(AugmentTest, DependsOnItsKeysAlone) {
  const AugmentationConfig config;
  EXPECT_EQ(Draw(config, 5), Draw(config, 5));
  EXPECT_NE(Draw(config, 5), Draw(config, 6));
}

TEST_F(AugmentTest, BandsShiftWithinTheirView) {
  constexpr std::size_t kFirstView = 10;
  // Each row holds its number, in decibels.
  for (std::size_t i = 0; i < example_.centibels.size(); ++i) {
    example_.centibels[i] = static_cast<std::int16_t>(100 * (i / 70));
  }
  AugmentationConfig config = Nothing();
  config.band_shift = 3;
  bool shifted = false;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const auto window = Draw(config, i, kFirstView);
    for (std::size_t row = 0; row < kBands; ++row) {
      const auto source = static_cast<std::size_t>(std::lround(window[row * kFrames] / kScale));
      EXPECT_EQ(source < kFirstView, row < kFirstView) << row;
      shifted |= source != row;
    }
  }
  EXPECT_TRUE(shifted);
}

TEST_F(AugmentTest, GainShiftsEveryValueAlike) {
  AugmentationConfig config = Nothing();
  const auto plain = Draw(config);
  config.gain_db = 6;
  const auto louder = Draw(config);
  const float shift = louder[0] - plain[0];
  EXPECT_NE(shift, 0);
  EXPECT_LE(std::abs(shift), 0.6F);
  for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(louder[i] - plain[i], shift, 1e-5);
}

TEST_F(AugmentTest, NoiseFillsTheQuietAndKeepsTheMedian) {
  AugmentationConfig config = Nothing();
  const auto plain = Draw(config);
  config.noise_probability = 1;
  config.noise_min_db = config.noise_max_db = 0;
  const auto noisy = Draw(config);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    // Adding noise is monotonic, keeps 0 dB (the median) at 0 dB, and draws all values towards it.
    EXPECT_LE(std::abs(noisy[i]), std::abs(plain[i]) + 1e-5F);
    if (std::abs(plain[i]) > 1e-3F) {
      EXPECT_GT(noisy[i] * plain[i], 0);
    }
  }
}

TEST_F(AugmentTest, ARecordingOfOneWindowIsStretchedWithinItself) {
  example_.frames = kFrames;
  example_.centibels.resize(kBands * kFrames);
  AugmentationConfig config = Nothing();
  config.stretch_min = config.stretch_max = 1.18;
  const auto window = Draw(config);
  for (std::size_t i = 0; i < window.size(); ++i) {
    EXPECT_NEAR(window[i], example_.centibels[i] * 0.001F, 1e-5);
  }
}

TEST_F(AugmentTest, CopyWindowIsExact) {
  std::vector<float> out(kBands * kFrames);
  CopyWindow(example_, 7, kScale, kFrames, out);
  for (std::size_t band = 0; band < kBands; ++band) {
    for (std::size_t i = 0; i < kFrames; ++i) {
      ASSERT_FLOAT_EQ(out[band * kFrames + i], example_.centibels[band * 70 + 7 + i] * 0.001F);
    }
  }
}

TEST(Random, MeansAndSpreads) {
  Random random(1, 1, 1);
  constexpr int kDraws = 20000;
  double sum = 0;
  double squares = 0;
  double beta = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = random.Normal();
    sum += x;
    squares += x * x;
    const double b = random.SymmetricBeta(0.3);
    ASSERT_GE(b, 0);
    ASSERT_LE(b, 1);
    beta += b;
  }
  // Five standard errors: 5/sqrt(20000) = 0.035, 5*sqrt(2/20000) = 0.05, 5*0.395/sqrt(20000) =
  // 0.014.
  EXPECT_NEAR(sum / kDraws, 0, 0.035);
  EXPECT_NEAR(squares / kDraws, 1, 0.05);
  EXPECT_NEAR(beta / kDraws, 0.5, 0.014);
}

}  // namespace
}  // namespace heartbeat::training
