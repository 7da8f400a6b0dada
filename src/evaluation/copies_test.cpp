#include "evaluation/copies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "evaluation/sound_levels.h"
#include "evaluation/test_recordings.h"

namespace heartbeat::evaluation {
namespace {

using audio::Recording;
using testing::ElementsAre;
using testing::IsEmpty;

Recording Part(const Recording& recording, double from_s, double to_s, double gain = 1) {
  Recording part{.samples = {}, .sample_rate_hz = recording.sample_rate_hz};
  const auto at = [&](double time_s) {
    return static_cast<std::size_t>(std::lround(time_s * recording.sample_rate_hz));
  };
  for (std::size_t i = at(from_s); i < at(to_s); ++i) {
    part.samples.push_back(static_cast<float>(gain * recording.samples.at(i)));
  }
  return part;
}

std::vector<NearCopy> CopiesAmong(const std::vector<Recording>& recordings) {
  const Fingerprinter fingerprinter;
  std::vector<std::vector<std::uint32_t>> fingerprints;
  for (const Recording& recording : recordings) {
    const auto bits = fingerprinter.Compute(recording);
    if (!bits) ADD_FAILURE() << bits.error().message;
    fingerprints.push_back(bits.value_or(std::vector<std::uint32_t>{}));
  }
  return FindNearCopies(
      fingerprints, [&](std::size_t i) -> base::Result<Recording> { return recordings[i]; }, 1);
}

std::vector<Recording> AllOfTheData() {
  std::vector<Recording> recordings;
  for (const std::string& name : test::DifferentRecordings()) {
    recordings.push_back(test::FromDataForFingerprint(name));
  }
  return recordings;
}

TEST(FindNearCopies, DifferentRecordingsAreNone) {
  // Two of them are of one patient, at two places of the chest.
  EXPECT_THAT(CopiesAmong(AllOfTheData()), IsEmpty());
}

TEST(FindNearCopies, ACopyAtAnotherLevelWithAnotherBeginning) {
  std::vector<Recording> recordings = AllOfTheData();
  // 4.0073 s is no multiple of the fingerprint's hop.
  recordings.push_back(Part(recordings[1], 4.0075, 15, 0.2));
  const auto copies = CopiesAmong(recordings);
  ASSERT_EQ(copies.size(), 1U);
  EXPECT_EQ(copies[0].first, 1U);
  EXPECT_EQ(copies[0].second, 12U);
  EXPECT_NEAR(copies[0].alignment.offset_s, 4.0075, 1e-9);
  EXPECT_NEAR(copies[0].alignment.overlap_s, 10.9925, 1e-3);
  // The band-pass goes on differently beyond the ends: that is all that differs.
  EXPECT_GT(copies[0].alignment.correlation, 0.99);
  EXPECT_NEAR(copies[0].alignment.gain_db, 20 * std::log10(0.2), 0.05);
  EXPECT_LT(copies[0].bit_error_rate, 0.1);
}

TEST(FindNearCopies, TwoPartsOfOneRecordingThatShareFiveSeconds) {
  const Recording whole = test::FromDataForFingerprint("e00001.flac");
  const auto copies = CopiesAmong({Part(whole, 0, 11), Part(whole, 6, 18)});
  ASSERT_EQ(copies.size(), 1U);
  EXPECT_NEAR(copies[0].alignment.offset_s, 6, 1e-3);
  EXPECT_NEAR(copies[0].alignment.overlap_s, 5, 1e-3);
  // Two seconds are not enough to say so.
  EXPECT_THAT(CopiesAmong({Part(whole, 0, 8), Part(whole, 6, 18)}), IsEmpty());
}

TEST(FindNearCopies, ACopyOfOppositeSign) {
  const Recording whole = test::FromDataForFingerprint("b0002.flac");
  const auto copies = CopiesAmong({whole, Part(whole, 1, 8, -1)});
  ASSERT_EQ(copies.size(), 1U);
  EXPECT_LT(copies[0].alignment.correlation, -0.999);
}

TEST(FindNearCopies, CopiesInOtherFormatsWithHissAndFewerBits) {
  const Recording original = test::FromDataForFingerprint("a0001.flac");
  for (const char* name : {"formats/a0001.wav", "formats/a0001.mp3", "formats/a0001_opus.ogg",
                           "formats/a0001_vorbis.ogg"}) {
    const auto copies = CopiesAmong({original, test::FromDataForFingerprint(name)});
    ASSERT_EQ(copies.size(), 1U) << name;
    EXPECT_GT(copies[0].alignment.correlation, 0.95) << name;
    EXPECT_GT(copies[0].alignment.overlap_s, 7.5) << name;
  }
  // Hiss 30 dB below the recording, and then 8 bits.
  const SoundLevels levels = MeasureLevels(original);
  const double hiss = std::pow(10, (levels.rms_dbfs - 30) / 20);
  const double step = std::pow(10, levels.peak_dbfs / 20) / 127;
  Recording worse = test::Sum(original, test::Noise(original.DurationSeconds() + 1, 2000, hiss, 1));
  for (float& sample : worse.samples) {
    sample = static_cast<float>(std::round(sample / step) * step);
  }
  const auto copies = CopiesAmong({original, Part(worse, 2, 19, 0.7)});
  ASSERT_EQ(copies.size(), 1U);
  EXPECT_GT(copies[0].alignment.correlation, 0.98);
}

TEST(FindNearCopies, NeitherHumNorSilenceIsACommonSound) {
  // The same mains hum over two different noises: nothing but the hum correlates.
  const Recording hum = test::Sine(12, 2000, 50, 0.2);
  EXPECT_THAT(CopiesAmong({test::Sum(hum, test::Noise(12, 2000, 0.01, 1)),
                           test::Sum(hum, test::Noise(12, 2000, 0.01, 2))}),
              IsEmpty());
  Recording silence = hum;
  for (float& sample : silence.samples) sample = 0;
  EXPECT_THAT(CopiesAmong({silence, silence}), IsEmpty());
}

TEST(Fingerprinter, RefusesAnotherSampleRate) {
  const auto bits = Fingerprinter().Compute(test::Sine(2, 4000, 50, 0.5));
  ASSERT_FALSE(bits);
  EXPECT_EQ(bits.error().code, base::ErrorCode::kInvalidArgument);
}

TEST(Fingerprinter, WhatIsTooShortHasNone) {
  const auto bits = Fingerprinter().Compute(test::Sine(0.2, 2000, 50, 0.5));
  ASSERT_TRUE(bits);
  EXPECT_THAT(*bits, IsEmpty());
}

TEST(GroupEqual, LeavesOutSinglesAndEmptyKeys) {
  const std::vector<std::string> keys = {"x", "", "y", "x", "", "z", "y", "x"};
  EXPECT_THAT(GroupEqual(keys), ElementsAre(ElementsAre(0, 3, 7), ElementsAre(2, 6)));
}

TEST(GroupSameSound, GroupsTheFilesOfOneRecording) {
  const test::TemporaryFolder folder;
  const auto whole = test::FromData("a0001.flac");
  folder.WriteWav("whole.wav", whole);
  folder.WriteWav("other.wav", test::FromData("b0257.flac"));
  folder.WriteText("unreadable.wav", "no sound");
  folder.WriteWav("part.wav", Part(whole, 3, 12, 0.5));
  std::vector<DatasetEntry> entries;
  for (const char* name : {"whole.wav", "other.wav", "unreadable.wav", "part.wav"}) {
    entries.emplace_back().path = folder.path() / name;
  }
  EXPECT_THAT(GroupSameSound(entries, 1), ElementsAre(ElementsAre(0, 3)));
}

TEST(GroupLinked, FollowsCopiesOfCopies) {
  const auto pair = [](std::size_t first, std::size_t second) {
    return NearCopy{.first = first, .second = second, .bit_error_rate = 0, .alignment = {}};
  };
  const std::vector<NearCopy> copies = {pair(0, 4), pair(1, 2), pair(4, 5), pair(5, 6)};
  EXPECT_THAT(GroupLinked(copies, 8), ElementsAre(ElementsAre(0, 4, 5, 6), ElementsAre(1, 2)));
}

}  // namespace
}  // namespace heartbeat::evaluation
