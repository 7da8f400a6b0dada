#include "analysis/quality.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "analysis/test_sounds.h"
#include "audio/decode.h"

namespace heartbeat::analysis {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::IsEmpty;
using testing::StartsWith;

const fs::path kTestData = fs::path(HEARTBEAT_SOURCE_DIR) / "tests/data";

audio::Recording Real(const fs::path& path) {
  auto decoded = audio::DecodeFile(path, {}, test::kRateHz);
  EXPECT_TRUE(decoded) << decoded.error().message;
  return std::move(decoded->recording);
}

QualityReport Assessed(const audio::Recording& recording) {
  const auto report = QualityGate(recording.sample_rate_hz).Assess(recording);
  EXPECT_TRUE(report) << report.error().message;
  return *report;
}

void Append(const audio::Recording& from, audio::Recording& to) {
  to.samples.insert(to.samples.end(), from.samples.begin(), from.samples.end());
}

TEST(Quality, OfRealRecordingsIsOk) {
  std::size_t heard = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kTestData)) {
    if (entry.path().extension() != ".flac") continue;
    const QualityReport report = Assessed(Real(entry.path()));
    EXPECT_TRUE(report.quality.ok) << entry.path() << " " << report.quality.score;
    ++heard;
  }
  EXPECT_GE(heard, 12U);
}

TEST(Quality, OfWhatIsNoHeartIsNot) {
  const auto expect_poor = [](const char* name, const audio::Recording& recording) {
    const QualityReport report = Assessed(recording);
    EXPECT_FALSE(report.quality.ok) << name << " " << report.quality.score;
    EXPECT_THAT(report.quality.reasons, testing::Not(IsEmpty())) << name;
    EXPECT_FALSE(report.heart_rate_bpm) << name;
  };
  for (const double deviation : {0.01, 0.1, 0.25}) {
    expect_poor("white noise", test::WhiteNoise(20, deviation));
  }
  double brown = 0;
  expect_poor("brown noise", test::Make(20, [&](double, double random) {
                brown = 0.995 * brown + 0.01 * random;
                return brown;
              }));
  for (const double mains_hz : {50.0, 60.0}) {
    expect_poor("hum", test::Make(20, [&](double t, double random) {
                  return 0.4 * test::Sine(mains_hz, t) + 0.1 * test::Sine(3 * mains_hz, t) +
                         0.01 * random;
                }));
  }
  expect_poor("dither",
              test::Make(20, [](double, double random) { return std::round(random) / 32768; }));
  // Voiced syllables of uneven length with pauses between words, at 120 Hz and its harmonics.
  double syllable_end_s = 0;
  double length_s = 0;
  double loudness = 0;
  expect_poor("speech", test::Make(20, [&](double t, double random) {
                if (t >= syllable_end_s) {
                  length_s = 0.12 + 0.08 * std::abs(random);
                  loudness = random > 1 ? 0 : 0.3 + 0.1 * std::abs(random);
                  syllable_end_s = t + length_s;
                }
                const double phase = (syllable_end_s - t) / length_s;
                const double rise = std::sin(std::numbers::pi * std::clamp(phase, 0.0, 1.0));
                double voice = 0;
                for (int harmonic = 1; harmonic <= 12; ++harmonic) {
                  const double hz = 120 * harmonic * (1 + 0.1 * test::Sine(0.7, t));
                  const double formant = std::exp(-std::abs(hz - 550) / 250);
                  voice += (0.1 + formant) * test::Sine(120 * harmonic, t) / 4;
                }
                return loudness * rise * voice + 0.002 * random;
              }));
}

TEST(Quality, FallsWithTheNoise) {
  const audio::Recording clean = Real(kTestData / "a0001.flac");
  double level = 0;
  for (const float sample : clean.samples) level += sample * sample;
  level = std::sqrt(level / static_cast<double>(clean.samples.size()));
  const audio::Recording noise = test::WhiteNoise(clean.DurationSeconds() + 1, 1);
  double before = 1;
  for (const double noise_db : {-20.0, 0.0, 20.0, 40.0}) {
    audio::Recording recording = clean;
    const auto gain = static_cast<float>(level * std::pow(10, noise_db / 20));
    for (std::size_t i = 0; i < recording.samples.size(); ++i) {
      recording.samples[i] += gain * noise.samples[i];
    }
    const QualityReport report = Assessed(recording);
    EXPECT_LT(report.quality.score, before) << noise_db;
    before = report.quality.score;
  }
  EXPECT_LT(before, 0.2);
}

TEST(Quality, SaysWhatToDo) {
  audio::Recording quiet = Real(kTestData / "a0001.flac");
  for (float& sample : quiet.samples) sample *= 1e-4F;
  const Quality too_quiet = Assessed(quiet).quality;
  EXPECT_FALSE(too_quiet.ok);
  EXPECT_THAT(too_quiet.reasons, Contains(StartsWith("too quiet: ")));

  EXPECT_THAT(Assessed(test::WhiteNoise(20, 0.1)).quality.reasons,
              Contains(StartsWith("no heartbeat found: ")));

  audio::Recording clipped = test::Beats(20, 70);
  for (float& sample : clipped.samples) sample = std::clamp(30 * sample, -1.0F, 1.0F);
  const Quality overdriven = Assessed(clipped).quality;
  EXPECT_FALSE(overdriven.ok);
  EXPECT_THAT(overdriven.reasons, Contains("clipped: lower the gain"));
}

TEST(Quality, LostContactIsARemarkUntilItIsAThird) {
  audio::Recording recording = Real(kTestData / "a0001.flac");
  const auto lose = [&](double from_s, double to_s) {
    for (auto i = static_cast<std::size_t>(from_s * test::kRateHz);
         i < static_cast<std::size_t>(to_s * test::kRateHz); ++i) {
      recording.samples[i] *= 1e-3F;
    }
  };
  const double duration_s = recording.DurationSeconds();
  lose(2, 4);
  const QualityReport brief = Assessed(recording);
  EXPECT_THAT(brief.quality.reasons, Contains(StartsWith("contact lost at 2 to 4 s: ")));
  ASSERT_EQ(brief.lost.size(), 1U);
  // To a piece of 0.25 s, and the next where it begins within one.
  EXPECT_NEAR(brief.lost[0].start_s, 2, 0.26);
  EXPECT_NEAR(brief.lost[0].end_s, 4, 0.26);
  lose(2, 2 + duration_s / 2);
  EXPECT_FALSE(Assessed(recording).quality.ok);
}

TEST(Quality, OfALongRecordingIsThatOfMostParts) {
  const audio::Recording good = Real(kTestData / "a0001.flac");
  audio::Recording recording{{}, test::kRateHz};
  while (recording.DurationSeconds() < 60) Append(good, recording);
  recording.samples.resize(std::size_t{60} * test::kRateHz);
  const QualityReport all = Assessed(recording);
  ASSERT_EQ(all.parts.size(), 3U);
  EXPECT_EQ(all.parts[2].time.end_s, 60);
  EXPECT_TRUE(all.quality.ok);

  const audio::Recording noise = test::WhiteNoise(20, 0.1);
  std::ranges::copy(noise.samples, recording.samples.begin() + 20 * test::kRateHz);
  const QualityReport disturbed = Assessed(recording);
  EXPECT_TRUE(disturbed.quality.ok);
  EXPECT_THAT(disturbed.quality.reasons, Contains("too much noise at 20 to 40 s: keep still"));
  EXPECT_EQ(disturbed.heart_rate_bpm.has_value(), all.heart_rate_bpm.has_value());
  std::ranges::copy(noise.samples, recording.samples.begin());
  EXPECT_FALSE(Assessed(recording).quality.ok) << "two of three parts";
}

// What the models do not hear must not decide whether they are asked.
TEST(Quality, DoesNotHearAboveTheModels) {
  audio::Recording recording = Real(kTestData / "a0001.flac");
  const double before = Assessed(recording).quality.score;
  for (std::size_t i = 0; i < recording.samples.size(); ++i) {
    recording.samples[i] +=
        0.1F * static_cast<float>(test::Sine(1300, static_cast<double>(i) / test::kRateHz));
  }
  EXPECT_NEAR(Assessed(recording).quality.score, before, 0.02) << "what leaks into the last bins";
}

}  // namespace
}  // namespace heartbeat::analysis
