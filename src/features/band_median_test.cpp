#include "features/band_median.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "features/extent.h"

namespace heartbeat::features {
namespace {

float SortedMedian(std::vector<float> values) {
  std::ranges::sort(values);
  const auto n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

float OurMedian(const std::vector<float>& values) {
  std::vector<float> scratch;
  return Median(values, scratch);
}

TEST(Median, OfAFew) {
  EXPECT_EQ(OurMedian({3}), 3);
  EXPECT_EQ(OurMedian({3, 1}), 2);
  EXPECT_EQ(OurMedian({5, -1, 3}), 3);
  EXPECT_EQ(OurMedian({4, 1, 2, 9}), 3);
  EXPECT_EQ(OurMedian({0, 0, 0, 1}), 0);
  EXPECT_EQ(OurMedian({0, 0, 1, 1}), 0.5F);
  EXPECT_EQ(OurMedian({-80, -80, -80}), -80);
}

TEST(Median, IsTheSortedOnesForEveryLengthAndShape) {
  std::mt19937 random(7);
  for (std::size_t n = 1; n < 300; ++n) {
    std::normal_distribution<float> normal(-40, 12);
    std::uniform_int_distribution<int> coarse(-3, 3);
    std::vector<float> smooth(n);
    std::vector<float> tied(n);
    std::vector<float> clipped(n);
    std::vector<float> outlier(n);
    for (std::size_t i = 0; i < n; ++i) {
      smooth[i] = normal(random);
      tied[i] = static_cast<float>(coarse(random));
      clipped[i] = std::max(-42.0F, normal(random));
      // All but one in a single bucket.
      outlier[i] = i == 0 ? 1e30F : normal(random);
    }
    EXPECT_EQ(OurMedian(smooth), SortedMedian(smooth)) << n;
    EXPECT_EQ(OurMedian(tied), SortedMedian(tied)) << n;
    EXPECT_EQ(OurMedian(clipped), SortedMedian(clipped)) << n;
    EXPECT_EQ(OurMedian(outlier), SortedMedian(outlier)) << n;
  }
}

TEST(Median, OfValuesTooNearForAScale) {
  // Their difference is subnormal, so that the scale would be infinite: any of them will do.
  const float tiny = std::numeric_limits<float>::denorm_min();
  EXPECT_NEAR(OurMedian({0, tiny, 2 * tiny}), 0, 2 * tiny);
}

TEST(SubtractBandMedians, LeavesEachBandWithMedianZero) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(-30, 10);
  Spectrogram spectrogram{5, 101, std::vector<float>(505)};
  for (auto& value : spectrogram.values) value = normal(random);
  const auto before = spectrogram;
  SubtractBandMedians(spectrogram);
  for (int mel = 0; mel < 5; ++mel) {
    const auto band = spectrogram.Band(mel);
    EXPECT_EQ(SortedMedian({band.begin(), band.end()}), 0);
    const float shift = before.At(mel, 0) - spectrogram.At(mel, 0);
    // One subtraction of floats near 30.
    for (int frame = 0; frame < 101; ++frame) {
      EXPECT_NEAR(before.At(mel, frame) - spectrogram.At(mel, frame), shift, 1e-5);
    }
  }
  Spectrogram empty{3, 0, {}};
  SubtractBandMedians(empty);
  EXPECT_TRUE(empty.values.empty());
}

TEST(FindExtent, FindsBothEndsWhereverTheyStand) {
  for (std::size_t n = 1; n < 70; ++n) {
    for (std::size_t at = 0; at < n; ++at) {
      std::vector<float> values(n, 1.0F);
      values[at] = 2;
      EXPECT_EQ(FindExtent(values).largest, 2);
      EXPECT_EQ(FindExtent(values).smallest, n == 1 ? 2 : 1);
      values[at] = -2;
      EXPECT_EQ(FindExtent(values).smallest, -2);
      EXPECT_EQ(FindExtent(values).largest, n == 1 ? -2 : 1);
    }
  }
}

}  // namespace
}  // namespace heartbeat::features
