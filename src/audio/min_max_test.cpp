#include "audio/min_max.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace heartbeat::audio {
namespace {

std::vector<float> Noise(std::size_t size) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> samples(size);
  for (float& sample : samples) sample = uniform(random);
  return samples;
}

// What the pyramid must give, the slow way.
std::vector<MinMax> BruteForce(const std::vector<float>& samples, std::size_t samples_per_point) {
  std::vector<MinMax> points;
  for (std::size_t at = 0; at < samples.size(); at += samples_per_point) {
    const auto begin = samples.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = samples.begin() +
                     static_cast<std::ptrdiff_t>(std::min(at + samples_per_point, samples.size()));
    const auto [smallest, largest] = std::minmax_element(begin, end);
    points.push_back({*smallest, *largest});
  }
  return points;
}

MinMaxPyramid Pyramid(std::span<const float> samples, std::size_t max_points, std::size_t piece) {
  MinMaxPyramid pyramid(max_points);
  for (std::size_t at = 0; at < samples.size(); at += piece) {
    pyramid.Append(samples.subspan(at, std::min(piece, samples.size() - at)));
  }
  pyramid.Finish();
  return pyramid;
}

TEST(MinMaxPyramid, EqualsBruteForceAtEveryLevelHoweverItsSamplesCome) {
  for (const std::size_t size : {1, 2, 3, 63, 64, 65, 127, 128, 129, 1000, 4099}) {
    const auto samples = Noise(size);
    for (const std::size_t max_points : {64, 1024, 8192}) {
      for (const std::size_t piece : {1, 7, 64, 5000}) {
        SCOPED_TRACE(testing::Message() << size << " samples in pieces of " << piece << ", at most "
                                        << max_points << " points");
        const auto pyramid = Pyramid(samples, max_points, piece);
        EXPECT_EQ(pyramid.samples(), size);
        EXPECT_LE((size + pyramid.finest() - 1) / pyramid.finest(), max_points);
        if (pyramid.finest() > 1) {
          const auto finer = pyramid.finest() / 2;
          EXPECT_GT((size + finer - 1) / finer, max_points);  // no coarser than it must be
        }
        for (std::uint64_t level = pyramid.finest(); level <= 16384; level *= 2) {
          EXPECT_EQ(pyramid.Points(level, 0, size), BruteForce(samples, level)) << level;
        }
        EXPECT_EQ(pyramid.All(), BruteForce(samples, size).front());
      }
    }
  }
}

TEST(MinMaxPyramid, GivesAPartAndNothingBehindTheEnd) {
  const std::vector<float> samples = {0.1F, 0.2F, -0.5F, 0.4F, 0.3F};
  const auto pyramid = Pyramid(samples, 8, 5);
  EXPECT_EQ(pyramid.Points(2, 1, 1), (std::vector<MinMax>{{-0.5F, 0.4F}}));
  EXPECT_EQ(pyramid.Points(2, 2, 9), (std::vector<MinMax>{{0.3F, 0.3F}}));
  EXPECT_EQ(pyramid.Points(2, 3, 9), std::vector<MinMax>());
  EXPECT_EQ(pyramid.Points(std::uint64_t{1} << 40, 0, 9), (std::vector<MinMax>{{-0.5F, 0.4F}}));
}

TEST(MinMaxPyramid, OfNothingHasNoPoints) {
  const auto pyramid = Pyramid({}, 8, 1);
  EXPECT_EQ(pyramid.Points(1, 0, 9), std::vector<MinMax>());
  EXPECT_EQ(pyramid.All(), MinMax());
}

TEST(MinMaxPyramid, TakesNoMoreMemoryForALongRecording) {
  MinMaxPyramid pyramid(1024);
  const auto samples = Noise(100'000);
  for (int i = 0; i < 20; ++i) pyramid.Append(samples);
  pyramid.Finish();
  EXPECT_EQ(pyramid.samples(), 2'000'000U);
  EXPECT_EQ(pyramid.finest(), 2048U);  // the least power of two that is over 2000000 / 1024
  EXPECT_LE(pyramid.bytes(), 1024U * 16);
}

TEST(MinMaxReducer, EqualsBruteForceForEveryPart) {
  const auto samples = Noise(501);
  for (const std::size_t samples_per_point : {1, 2, 16, 512}) {
    const auto all = BruteForce(samples, samples_per_point);
    for (std::size_t first = 0; first <= all.size(); first += 1 + all.size() / 5) {
      for (const std::size_t count : {std::size_t{1}, std::size_t{9}, all.size()}) {
        for (const std::size_t piece : {1, 13, 600}) {
          MinMaxReducer reducer(samples_per_point, first, count);
          for (std::size_t at = 0; at < samples.size(); at += piece) {
            reducer.Append(std::span(samples).subspan(at, std::min(piece, samples.size() - at)));
          }
          const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
          const auto end = begin + static_cast<std::ptrdiff_t>(std::min(count, all.size() - first));
          EXPECT_EQ(reducer.Finish(), std::vector<MinMax>(begin, end));
        }
      }
    }
  }
}

}  // namespace
}  // namespace heartbeat::audio
