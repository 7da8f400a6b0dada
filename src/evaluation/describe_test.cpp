#include "evaluation/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "evaluation/describe_json.h"
#include "evaluation/describe_page.h"
#include "evaluation/test_recordings.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A dataset in which the abnormal recordings have an offset and one of them is a copy, at another
// level, of a normal one of the other split; one file is no recording.
class DescribeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const test::TemporaryFolder folder;
    std::string manifest = "record,label,database,split\n";
    for (int i = 0; i < 24; ++i) {
      const bool abnormal = i % 2 == 1;
      const std::string record = "r" + std::to_string(i);
      audio::Recording recording = test::Noise(5 + 0.25 * i, 2000, 0.1, 100U + i);
      if (i == 23) recording = test::Noise(5.5, 2000, 0.05, 102);  // r2, half as loud
      if (abnormal) {
        for (float& sample : recording.samples) sample += 0.02F;
      }
      folder.WriteWav(record + ".wav", recording);
      manifest += record + (abnormal ? ",abnormal" : ",normal") + ",ward," +
                  (i < 20 ? "train" : "validation") + "\n";
    }
    folder.WriteText("broken.wav", "no sound at all");
    manifest += "broken,normal,ward,train\n";
    folder.WriteText("manifest.csv", manifest);
    const auto entries = ReadDataset(folder.path());
    ASSERT_TRUE(entries) << entries.error().message;
    std::vector<std::size_t> progress;
    const Description description =
        Describe(*entries, 2, [&](std::size_t done) { progress.push_back(done); });
    EXPECT_EQ(progress.size(), 25U);
    document_ = ToJson(description, {.program_version = "1",
                                     .created_at = "2026-01-31T12:00:00.000Z",
                                     .datasets = {"ward"},
                                     .seconds = 1.5});
    folder_ = folder.path();
  }

  static const json& Separability(const std::string& property) {
    return document_.at(json::json_pointer(SeparabilityPointer(document_, "ward", property)));
  }

  static json document_;
  static std::string folder_;
};

json DescribeTest::document_;
std::string DescribeTest::folder_;

TEST_F(DescribeTest, CountsWhatIsThere) {
  EXPECT_EQ(document_["totals"]["recordings"], 25);
  EXPECT_EQ(document_["totals"]["heard"], 24);
  EXPECT_EQ(document_["totals"]["patients"], nullptr);
  const json& counts = document_["counts"];
  ASSERT_EQ(counts.size(), 4U);
  EXPECT_EQ(counts[0]["split"], "train");
  EXPECT_EQ(counts[0]["class"], "normal");
  EXPECT_EQ(counts[0]["recordings"], 11);
  EXPECT_EQ(counts[0]["unreadable"], 1);
  EXPECT_EQ(counts[3]["class"], "abnormal");
  EXPECT_EQ(counts[3]["recordings"], 2);
  EXPECT_EQ(document_["formats"][0]["format"], "WAV");
  EXPECT_EQ(document_["formats"][0]["sample_rate_hz"], 2000);
}

TEST_F(DescribeTest, ALeakHasAnAreaOfOneAndNoiseHasNot) {
  EXPECT_EQ(Separability("offset_percent")["auroc"], 1);
  EXPECT_GT(Separability("offset_percent")["low"], 0.7);
  const double bandwidth = Separability("bandwidth_hz")["auroc"];
  EXPECT_GT(bandwidth, 0.2);
  EXPECT_LT(bandwidth, 0.8);
  // A band that the sample rate does not reach says nothing.
  EXPECT_EQ(Separability("band_1000_4000_db")["auroc"], nullptr);
}

TEST_F(DescribeTest, TheCopyAcrossSplitsAndClassesIsFound) {
  const json& near = document_["copies"]["near"];
  ASSERT_EQ(near["count"], 1);
  EXPECT_EQ(near["across_splits"], 1);
  EXPECT_EQ(near["across_classes"], 1);
  EXPECT_EQ(near["across_databases"], 0);
  EXPECT_EQ(near["pairs"][0]["first"]["record"], "r2");
  EXPECT_EQ(near["pairs"][0]["second"]["record"], "r23");
  EXPECT_NEAR(near["pairs"][0]["gain_db"], -6.02, 0.05);
  EXPECT_EQ(near["pairs"][0]["equal_samples"], false);
  EXPECT_EQ(near["group_count"], 1);
  EXPECT_EQ(document_["copies"]["equal_files"]["count"], 0);
}

TEST_F(DescribeTest, WhatCannotBeHeardIsNamedAndInNoFigure) {
  ASSERT_EQ(document_["unreadable"].size(), 1U);
  EXPECT_EQ(document_["unreadable"][0]["record"], "broken");
  EXPECT_THAT(document_["unreadable"][0]["error"].get<std::string>(), Not(IsEmpty()));
  EXPECT_EQ(document_["groups"][0]["recordings"], 12);
}

TEST_F(DescribeTest, NoFolderOfTheMachineIsInIt) {
  EXPECT_THAT(document_.dump(), Not(HasSubstr(folder_)));
  EXPECT_THAT(DescriptionPage(document_).value(), Not(HasSubstr(folder_)));
}

TEST_F(DescribeTest, TheSpectrumOfWhiteNoiseIsFlat) {
  const json& spectrum = document_["spectra"][0];
  ASSERT_EQ(spectrum["mean_db"].size(), 129U);
  // 1 / 1000 Hz; windows overlap, so that each recording's density is known to some tenths.
  for (std::size_t bin = 2; bin < 127; ++bin) {
    EXPECT_NEAR(spectrum["mean_db"][bin].get<double>(), -30, 0.6) << bin;
  }
}

TEST_F(DescribeTest, ThePageSaysWhatTheFindingIs) {
  const auto page = DescriptionPage(document_);
  ASSERT_TRUE(page);
  EXPECT_THAT(*page, HasSubstr("the classes were not recorded alike"));
  EXPECT_THAT(*page, Not(HasSubstr("<script")));
}

TEST_F(DescribeTest, APageOfAnotherDocumentIsRefused) {
  json other = document_;
  other.erase("separability");
  const auto page = DescriptionPage(other);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, base::ErrorCode::kInvalidArgument);
}

TEST(Describe, AFileThatIsGoneIsNamedWithoutItsFolder) {
  DatasetEntry entry;
  entry.path = "/no/such/folder/x1.wav";
  entry.record = "x1";
  entry.database = "d";
  const Description description = Describe(std::vector{entry}, 1, nullptr);
  EXPECT_THAT(description.recordings[0].error, HasSubstr("x1.wav"));
  EXPECT_THAT(description.recordings[0].error, Not(HasSubstr("/no/such")));
}

TEST(ToJson, NamesThatAreNoTextBecomeText) {
  Description description;
  DescribedRecording recording;
  recording.entry.record = "caf\xE9";
  recording.entry.database = "d";
  recording.error = "gone";
  description.recordings.push_back(recording);
  const json document = ToJson(description, {});
  EXPECT_EQ(document["recordings"][0]["record"], "caf\uFFFD");
  EXPECT_TRUE(DescriptionPage(document));
}

TEST(ClassOf, GoesByLabelThenMurmur) {
  DatasetEntry entry;
  EXPECT_EQ(ClassOf(entry), "unlabelled");
  EXPECT_EQ(IsPositive(entry), std::nullopt);
  entry.murmur_at_location = Murmur::kAbsent;
  EXPECT_EQ(ClassOf(entry), "murmur absent");
  EXPECT_EQ(IsPositive(entry), false);
  entry.patient_murmur = Murmur::kPresent;
  EXPECT_EQ(ClassOf(entry), "murmur present");
  EXPECT_EQ(IsPositive(entry), true);
  entry.patient_murmur = Murmur::kUnknown;
  EXPECT_EQ(IsPositive(entry), std::nullopt);
  entry.label = Label::kNormal;
  EXPECT_EQ(ClassOf(entry), "normal");
  EXPECT_EQ(IsPositive(entry), false);
}

}  // namespace
}  // namespace heartbeat::evaluation
