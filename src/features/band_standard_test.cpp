#include "features/band_standard.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <random>
#include <utility>

namespace heartbeat::features {
namespace {

Spectrogram OneBand(std::vector<float> values) {
  Spectrogram spectrogram;
  spectrogram.mel_bands = 1;
  spectrogram.frames = static_cast<int>(values.size());
  spectrogram.values = std::move(values);
  return spectrogram;
}

std::pair<double, double> MeanAndDeviation(std::span<const float> values) {
  double mean = 0;
  for (const float value : values) mean += value / static_cast<double>(values.size());
  double variance = 0;
  for (const float value : values) {
    variance += (value - mean) * (value - mean) / static_cast<double>(values.size());
  }
  return {mean, std::sqrt(variance)};
}

TEST(StandardizeBands, GivesEachBandMeanZeroAndItsDeviation) {
  std::mt19937 random(3);
  Spectrogram spectrogram;
  spectrogram.mel_bands = 3;
  spectrogram.frames = 500;
  for (int band = 0; band < 3; ++band) {
    std::normal_distribution<float> normal(-20.0F * static_cast<float>(band),
                                           2.0F + 3.0F * static_cast<float>(band));
    for (int i = 0; i < 500; ++i) spectrogram.values.push_back(normal(random));
  }
  StandardizeBands(spectrogram);
  for (int band = 0; band < 3; ++band) {
    const auto [mean, deviation] = MeanAndDeviation(spectrogram.Band(band));
    EXPECT_NEAR(mean, 0, 1e-4) << band;
    EXPECT_NEAR(deviation, kBandDeviationDb, 1e-3) << band;
  }
}

TEST(StandardizeBands, AGatedPauseIsAPause) {
  // The median is 0: what lies 9 or 80 dB under it is raised to 8 dB under it.
  auto shallow = OneBand({0, 0, 0, 12, -9, -9, 3});
  auto deep = OneBand({0, 0, 0, 12, -80, -30, 3});
  StandardizeBands(shallow);
  StandardizeBands(deep);
  EXPECT_EQ(shallow.values, deep.values);
  EXPECT_LT(shallow.values[4], shallow.values[0]);
}

TEST(StandardizeBands, ByHand) {
  // Median 1, mean 3; the squares about it are 9, 4, 4, 1 and 64.
  auto band = OneBand({0, 1, 1, 2, 11});
  StandardizeBands(band);
  const double scale = 10 / std::sqrt((9.0 + 4.0 + 4.0 + 1.0 + 64.0) / 5.0);
  const double expected[] = {-3 * scale, -2 * scale, -2 * scale, -1 * scale, 8 * scale};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(band.values[i], expected[i], 1e-5);
}

TEST(StandardizeBands, ABandThatHardlyMovesIsNotBlownUp) {
  auto band = OneBand({5, 5.1F, 4.9F, 5, 5});
  StandardizeBands(band);
  for (const float value : band.values) EXPECT_LT(std::abs(value), 1.1F);
  auto flat = OneBand({-80, -80, -80});
  StandardizeBands(flat);
  for (const float value : flat.values) EXPECT_EQ(value, 0);
}

TEST(StandardizeBands, NoFramesAreNoError) {
  Spectrogram spectrogram;
  spectrogram.mel_bands = 4;
  StandardizeBands(spectrogram);
  EXPECT_TRUE(spectrogram.values.empty());
}

}  // namespace
}  // namespace heartbeat::features
