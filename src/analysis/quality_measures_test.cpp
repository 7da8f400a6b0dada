#include "analysis/quality_measures.h"

#include <gtest/gtest.h>

#include "analysis/test_sounds.h"

namespace heartbeat::analysis {
namespace {

QualityMeasures Measured(const audio::Recording& recording) {
  const auto envelope = EnvelopeMeter(recording.sample_rate_hz).Measure(recording.samples);
  EXPECT_TRUE(envelope) << envelope.error().message;
  return MeasureQuality(*envelope, MeasureRhythm(*envelope));
}

Envelope OfLevels(const std::vector<std::pair<double, float>>& seconds_and_levels) {
  Envelope envelope;
  for (const auto& [seconds, level] : seconds_and_levels) {
    envelope.values.insert(envelope.values.end(), static_cast<std::size_t>(seconds * 100), level);
  }
  return envelope;
}

TEST(QualityMeasures, TellBeatsFromNoiseAndHum) {
  const QualityMeasures beats = Measured(test::Beats(20, 70));
  const QualityMeasures noise = Measured(test::WhiteNoise(20, 0.1));
  const QualityMeasures hum = Measured(test::Tone(20, 50, 0.5));
  EXPECT_GT(beats.periodicity, noise.periodicity + 0.3);
  EXPECT_GT(beats.least_periodicity, noise.least_periodicity + 0.3);
  EXPECT_EQ(beats.rate_agreement, 1);
  EXPECT_LT(noise.rate_agreement, 1);
  EXPECT_LT(beats.loud_share, 0.4);
  EXPECT_GT(hum.loud_share, 0.95);
  EXPECT_GT(beats.dynamic_range_db, 15);
  EXPECT_LT(noise.dynamic_range_db, 10);
  EXPECT_LT(hum.dynamic_range_db, 1);
  EXPECT_GT(beats.low_share, 0.9);
  EXPECT_LT(noise.low_share, 0.3);
  EXPECT_LT(beats.slow_modulation_db, noise.slow_modulation_db);
}

TEST(QualityMeasures, DoNotChangeWithTheGain) {
  audio::Recording recording = test::Beats(10, 70);
  const QualityMeasures loud = Measured(recording);
  for (float& sample : recording.samples) sample *= 0.0625F;
  const QualityMeasures soft = Measured(recording);
  for (const QualityMeasure& measure : kQualityMeasures) {
    // A power of two changes no digit but for the floors that keep logarithms finite.
    EXPECT_NEAR(soft.*measure.value, loud.*measure.value, 1e-3) << measure.name;
  }
}

TEST(QualityMeasures, AreFiniteForSilence) {
  const QualityMeasures silence = Measured(test::Tone(5, 50, 0));
  for (const QualityMeasure& measure : kQualityMeasures) {
    EXPECT_TRUE(std::isfinite(silence.*measure.value)) << measure.name;
  }
}

TEST(LostContact, IsWhereTheEnvelopeFallsAway) {
  const auto lost = FindLostContact(OfLevels({{12, 0.1F}, {3, 1e-4F}, {5, 0.1F}}));
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].start_s, 12);
  EXPECT_EQ(lost[0].end_s, 15);
  EXPECT_TRUE(FindLostContact(OfLevels({{12, 0.1F}, {3, 0.01F}, {5, 0.1F}})).empty())
      << "20 dB are no loss";
  EXPECT_TRUE(FindLostContact(OfLevels({{12, 0.1F}, {0.5, 1e-4F}, {5, 0.1F}})).empty())
      << "nor is a pause";
  const auto mostly = FindLostContact(OfLevels({{4, 0.1F}, {16, 1e-5F}}));
  ASSERT_EQ(mostly.size(), 1U) << "the median lies in what was lost";
  EXPECT_EQ(mostly[0].start_s, 4);
  EXPECT_TRUE(FindLostContact(OfLevels({{0.5, 0.1F}})).empty());
}

TEST(ClippedShare, CountsWhatIsNearTheLimits) {
  EXPECT_LT(ClippedShare(test::Beats(10, 70).samples), 0.005);
  audio::Recording recording = test::Beats(10, 70);
  for (float& sample : recording.samples) sample = std::clamp(30 * sample, -1.0F, 1.0F);
  EXPECT_GT(ClippedShare(recording.samples), 0.1);
  for (float& sample : recording.samples) sample *= 0.5F;
  EXPECT_EQ(ClippedShare(recording.samples), 0) << "below full scale nothing is known";
  EXPECT_EQ(ClippedShare({}), 0);
}

}  // namespace
}  // namespace heartbeat::analysis
