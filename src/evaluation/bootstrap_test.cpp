#include "evaluation/bootstrap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace heartbeat::evaluation {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Resampler, KeepsTheSizeOfEachClass) {
  std::vector<Resampled> recordings;
  for (std::size_t i = 0; i < 50; ++i) recordings.push_back({i, i % 5 == 0});
  Resampler resampler(recordings, 1);
  std::vector<std::uint32_t> counts(recordings.size());
  std::set<std::vector<std::uint32_t>> seen;
  for (int r = 0; r < 100; ++r) {
    resampler.Draw(counts);
    std::map<bool, std::uint32_t> of_class;
    for (std::size_t i = 0; i < counts.size(); ++i) of_class[recordings[i].abnormal] += counts[i];
    EXPECT_EQ(of_class[true], 10U);
    EXPECT_EQ(of_class[false], 40U);
    seen.insert(counts);
  }
  EXPECT_EQ(seen.size(), 100U);
}

TEST(Resampler, DrawsThePatientsOfAStratumWhole) {
  // Patients 0 and 1 normal throughout, 2 and 3 abnormal throughout, 4 mixed: it alone is its
  // stratum, so it is always drawn once.
  const std::vector<Resampled> recordings = {{0, false}, {0, false}, {1, false}, {2, true},
                                             {3, true},  {3, true},  {4, false}, {4, true}};
  Resampler resampler(recordings, 7);
  std::vector<std::uint32_t> counts(recordings.size());
  std::set<std::uint32_t> of_patient_0;
  for (int r = 0; r < 200; ++r) {
    resampler.Draw(counts);
    EXPECT_EQ(counts[0], counts[1]);
    EXPECT_EQ(counts[4], counts[5]);
    EXPECT_EQ(counts[0] + counts[2], 2U);
    EXPECT_EQ(counts[3] + counts[4], 2U);
    EXPECT_EQ(counts[6], 1U);
    EXPECT_EQ(counts[7], 1U);
    of_patient_0.insert(counts[0]);
  }
  EXPECT_THAT(of_patient_0, testing::ElementsAre(0U, 1U, 2U));
}

TEST(Resampler, TheSameSeedDrawsTheSame) {
  const std::vector<Resampled> recordings = {{0, false}, {1, false}, {2, true}, {3, true}};
  Resampler one(recordings, 5);
  Resampler two(recordings, 5);
  std::vector<std::uint32_t> a(4);
  std::vector<std::uint32_t> b(4);
  for (int r = 0; r < 10; ++r) {
    one.Draw(a);
    two.Draw(b);
    EXPECT_EQ(a, b);
  }
}

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  const std::vector<double> sorted = {1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(Quantile(sorted, 0), 1);
  EXPECT_DOUBLE_EQ(Quantile(sorted, 0.5), 3);
  EXPECT_DOUBLE_EQ(Quantile(sorted, 1), 8);
  EXPECT_DOUBLE_EQ(Quantile(std::vector<double>{3}, 0.3), 3);
}

TEST(PercentileInterval, LeavesUndefinedReplicatesOut) {
  std::vector<double> replicates;
  for (int i = 0; i <= 1000; ++i) replicates.push_back(i);
  replicates.push_back(kNaN);
  const Estimate estimate = PercentileInterval(500, replicates);
  EXPECT_DOUBLE_EQ(estimate.low, 25);
  EXPECT_DOUBLE_EQ(estimate.high, 975);
  EXPECT_TRUE(std::isnan(PercentileInterval(kNaN, replicates).low));
  const Estimate alone = PercentileInterval(1, {kNaN});
  EXPECT_EQ(alone.value, 1);
  EXPECT_TRUE(std::isnan(alone.high));
}

}  // namespace
}  // namespace heartbeat::evaluation
