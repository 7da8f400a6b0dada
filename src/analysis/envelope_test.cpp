#include "analysis/envelope.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numbers>

#include "analysis/test_sounds.h"

namespace heartbeat::analysis {
namespace {

Envelope Measured(const audio::Recording& recording) {
  const EnvelopeMeter meter(recording.sample_rate_hz);
  auto envelope = meter.Measure(recording.samples);
  EXPECT_TRUE(envelope) << envelope.error().message;
  return std::move(envelope).value_or(Envelope());
}

float Middle(const Envelope& envelope) { return envelope.values[envelope.values.size() / 2]; }

TEST(Envelope, IsTheRootMeanSquareOfTheBand) {
  for (const double hz : {50.0, 83.3, 110.0}) {
    const Envelope envelope = Measured(test::Tone(4, hz, 0.5));
    // What leaks into a lower bin is divided by what differencing does there: up to a quarter.
    EXPECT_GT(Middle(envelope), 0.9 * 0.5 / std::numbers::sqrt2) << hz;
    EXPECT_LT(Middle(envelope), 1.25 * 0.5 / std::numbers::sqrt2) << hz;
    EXPECT_GT(envelope.low_share, 0.95) << hz;
    EXPECT_EQ(envelope.frames_per_second, 100);
  }
}

TEST(Envelope, DoesNotHearWhatLiesBesideTheBand) {
  for (const double hz : {2.0, 10.0, 300.0, 1100.0}) {
    // 12 dB below what it would be within.
    EXPECT_LT(Middle(Measured(test::Tone(4, hz, 0.5))), 0.25 * 0.5 / std::numbers::sqrt2) << hz;
  }
  audio::Recording offset = test::Tone(4, 80, 0.1);
  const float before = Middle(Measured(offset));
  for (float& sample : offset.samples) sample += 0.8F;
  EXPECT_NEAR(Middle(Measured(offset)), before, 1e-5) << "rounding of float samples near 1";
}

TEST(Envelope, SharesThePowerBetweenTheBandAndTheRest) {
  EXPECT_LT(Measured(test::Tone(4, 500, 0.5)).low_share, 0.01);
  // White noise has 3 of 21 bins in the band, and its lower bins get what leaks from above.
  EXPECT_NEAR(Measured(test::WhiteNoise(4, 0.1)).low_share, 3.0 / 21, 0.04);
}

TEST(Envelope, IsTheSameAtEverySampleRate) {
  // Half of the samples are the same tone at half the rate.
  const audio::Recording fast = test::Tone(4, 80, 0.3);
  audio::Recording slow{{}, fast.sample_rate_hz / 2};
  for (std::size_t i = 0; i < fast.samples.size(); i += 2) slow.samples.push_back(fast.samples[i]);
  EXPECT_NEAR(Middle(Measured(slow)), Middle(Measured(fast)), 0.005) << "differencing is coarser";
}

TEST(Envelope, TakesWhatIsShorterThanAWindow) {
  const Envelope envelope = Measured({{0.1F, 0.2F}, 4000});
  ASSERT_EQ(envelope.values.size(), 1U);
  EXPECT_GE(envelope.values[0], 0);
}

// The lowest rate that a model's front end may have: a window of two samples, and one bin.
TEST(Envelope, TakesTheLowestRate) {
  const Envelope envelope = Measured({std::vector<float>(200, 0.1F), 100});
  EXPECT_FALSE(envelope.values.empty());
}

}  // namespace
}  // namespace heartbeat::analysis
