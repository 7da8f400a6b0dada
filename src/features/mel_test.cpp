#include "features/mel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace heartbeat::features {
namespace {

TEST(Mel, SlaneysScaleIsTheToolboxs) {
  // Linear to 1000 Hz = 15 mel; 27 mel more are a factor of 6.4.
  EXPECT_DOUBLE_EQ(HzToMel(0, MelScale::kSlaney), 0);
  EXPECT_DOUBLE_EQ(HzToMel(200, MelScale::kSlaney), 3);
  EXPECT_DOUBLE_EQ(HzToMel(1000, MelScale::kSlaney), 15);
  EXPECT_DOUBLE_EQ(HzToMel(6400, MelScale::kSlaney), 42);
}

TEST(Mel, HtksScaleIsTheBooks) {
  EXPECT_DOUBLE_EQ(HzToMel(0, MelScale::kHtk), 0);
  // The scale's anchor, 1000 Hz = 1000 mel, holds to the rounding of 2595 and 700.
  EXPECT_NEAR(HzToMel(1000, MelScale::kHtk), 1000, 0.02);
  EXPECT_NEAR(HzToMel(700, MelScale::kHtk), 2595 * std::log10(2.0), 1e-9);
}

TEST(Mel, ToHzIsTheInverse) {
  for (const auto scale : {MelScale::kSlaney, MelScale::kHtk}) {
    for (double hz = 0; hz < 8000; hz += 37) {
      EXPECT_NEAR(MelToHz(HzToMel(hz, scale), scale), hz, 1e-8);  // rounding of doubles
    }
  }
}

TEST(MelFilters, NoBandOfThePresetsIsEmpty) {
  for (const auto& config : {LogMelConfig{}, LogMelConfig::Original()}) {
    const auto filters = MakeMelFilters(config);
    ASSERT_EQ(filters.size(), 128U);
    for (const auto& filter : filters) {
      ASSERT_GE(filter.weights.size(), 2U);
      EXPECT_GT(*std::ranges::min_element(filter.weights), 0);
    }
  }
}

TEST(MelFilters, SlaneysNormGivesEveryBandTheSameArea) {
  // A triangle of height 2 / width has the area 1; its samples every bin_hz sum up to 1 / bin_hz,
  // to a few percent because a low band is only some six bins wide.
  LogMelConfig config = LogMelConfig::Original();
  const double bin_hz = 4000.0 / 2048;
  for (const auto& filter : MakeMelFilters(config)) {
    const double sum = std::accumulate(filter.weights.begin(), filter.weights.end(), 0.0);
    EXPECT_NEAR(sum * bin_hz, 1, 0.03);
  }
  config.mel_norm = MelNorm::kNone;
  for (const auto& filter : MakeMelFilters(config)) {
    EXPECT_LE(*std::ranges::max_element(filter.weights), 1);
    EXPECT_GT(*std::ranges::max_element(filter.weights), 0.8);
  }
}

TEST(MelFilters, NeighboursWithoutNormSumToOneBetweenTheOuterCentres) {
  LogMelConfig config;
  config.mel_norm = MelNorm::kNone;
  const auto filters = MakeMelFilters(config);
  const auto centers = MelCentersHz(config);
  const double bin_hz = 4000.0 / 1024;
  std::vector<double> sums(513);
  for (const auto& filter : filters) {
    for (std::size_t i = 0; i < filter.weights.size(); ++i) {
      sums[static_cast<std::size_t>(filter.first_bin) + i] += filter.weights[i];
    }
  }
  for (std::size_t bin = 0; bin < sums.size(); ++bin) {
    const double hz = static_cast<double>(bin) * bin_hz;
    if (hz < 20 || hz > 800) {
      EXPECT_EQ(sums[bin], 0) << hz << " Hz";
    } else if (hz > centers.front() && hz < centers.back()) {
      EXPECT_NEAR(sums[bin], 1, 1e-6) << hz << " Hz";  // float weights
    }
  }
}

TEST(MelFilters, BinsReachFromTheFirstToTheLastWeight) {
  const auto range = BinsOf(MakeMelFilters({}));
  EXPECT_EQ(range.first, 6);                  // 23.4 Hz, the first above 20
  EXPECT_EQ(range.first + range.count, 205);  // 204 is 796.9 Hz, the last below 800
  EXPECT_EQ(BinsOf({}).count, 0);
}

TEST(MelCenters, AscendBetweenTheEdges) {
  const auto centers = MelCentersHz({});
  ASSERT_EQ(centers.size(), 128U);
  EXPECT_TRUE(std::ranges::is_sorted(centers));
  EXPECT_GT(centers.front(), 20);
  EXPECT_LT(centers.back(), 800);
}

}  // namespace
}  // namespace heartbeat::features
