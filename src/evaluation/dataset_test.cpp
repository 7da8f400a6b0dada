#include "evaluation/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <optional>

namespace heartbeat::evaluation {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using testing::HasSubstr;

class DatasetTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  void Write(const fs::path& name, std::string_view text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }

  fs::path folder_ =
      fs::temp_directory_path() / ("heartbeat-dataset-" + std::to_string(::getpid()));
};

TEST_F(DatasetTest, Manifest) {
  Write("manifest.csv",
        "record,database,label,split,duration_s\n"
        "b1,training-b,abnormal,train,20\na1,training-a,normal,validation,8\n");
  Write("a1.flac", "");
  Write("b1.wav", "");
  const auto entries = ReadDataset(folder_);
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].record, "a1");
  EXPECT_EQ((*entries)[0].database, "training-a");
  EXPECT_EQ((*entries)[0].label, Label::kNormal);
  EXPECT_EQ((*entries)[0].split, "validation");
  EXPECT_EQ((*entries)[1].label, Label::kAbnormal);
  EXPECT_EQ((*entries)[1].path.filename(), "b1.wav");
}

TEST_F(DatasetTest, ManifestOfMurmursAndPatients) {
  Write("circor/manifest.csv",
        "record,patient,location,murmur_at_location,patient_murmur,split\n"
        "9_AV,9,AV,Absent,Present,train\n9_MV,9,MV,Present,Present,train\n"
        "7_PV,7,PV,Unknown,Unknown,test\n6_PV,6,PV,,absent,test\n");
  for (const char* record : {"9_AV", "9_MV", "7_PV", "6_PV"}) {
    Write(std::string("circor/") + record + ".flac", "");
  }
  const auto entries = ReadDataset(folder_ / "circor");
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 4U);
  const DatasetEntry& part = (*entries)[2];
  EXPECT_EQ(part.record, "9_AV");
  EXPECT_EQ(part.database, "circor");
  EXPECT_EQ(part.patient, "9");
  EXPECT_EQ(part.location, "AV");
  EXPECT_EQ(part.split, "train");
  EXPECT_EQ(part.label, std::nullopt);
  EXPECT_EQ(part.murmur_at_location, Murmur::kAbsent);
  EXPECT_EQ(part.patient_murmur, Murmur::kPresent);
  EXPECT_EQ((*entries)[1].murmur_at_location, Murmur::kUnknown);
  EXPECT_EQ((*entries)[0].murmur_at_location, std::nullopt);
  EXPECT_EQ((*entries)[0].patient_murmur, Murmur::kAbsent);
}

TEST_F(DatasetTest, ALabelMayBeLeftOpenRowByRow) {
  Write("manifest.csv", "record,label,patient\na1,abnormal,p1\na2,,p1\n");
  Write("a1.wav", "");
  Write("a2.wav", "");
  const auto entries = ReadDataset(folder_);
  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_EQ((*entries)[0].label, Label::kAbnormal);
  EXPECT_EQ((*entries)[1].label, std::nullopt);
  EXPECT_EQ((*entries)[1].patient, "p1");
}

TEST_F(DatasetTest, PhysioNetFolders) {
  Write("training-b/REFERENCE.csv", "b1,1\r\n");
  Write("training-b/b1.wav", "");
  Write("training-a/REFERENCE.csv", "a1,-1\na2,1\n");
  Write("training-a/a1.wav", "");
  Write("training-a/a2.wav", "");
  Write("training-a/a2.hea", "");
  const auto all = ReadDataset(folder_);
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 3U);
  EXPECT_EQ((*all)[0].label, Label::kNormal);
  EXPECT_EQ((*all)[2].database, "training-b");
  EXPECT_EQ((*all)[2].label, Label::kAbnormal);
  // One database alone, named with a trailing slash as shells complete it.
  const auto one = ReadDataset(folder_ / "training-a/");
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->size(), 2U);
  EXPECT_EQ((*one)[0].database, "training-a");
}

TEST_F(DatasetTest, ClassFolders) {
  Write("normal/x.wav", "");
  Write("normal/notes.txt", "");
  Write("abnormal/y.MP3", "");
  const auto entries = ReadDataset(folder_);
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].record, "x");
  EXPECT_EQ((*entries)[1].label, Label::kAbnormal);
}

TEST_F(DatasetTest, FaultsAreNamed) {
  EXPECT_EQ(ReadDataset(folder_ / "none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ReadDataset(folder_).error().code, ErrorCode::kInvalidArgument);

  Write("manifest.csv", "record,label\na1,sick\n");
  Write("a1.wav", "");
  EXPECT_THAT(ReadDataset(folder_).error().message, HasSubstr("line 2"));

  Write("manifest.csv", "record,label\na1,normal\na2,normal\n");
  const auto missing = ReadDataset(folder_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("a2"));

  Write("manifest.csv", "record,label,patient_murmur\na1,normal,loud\n");
  EXPECT_THAT(ReadDataset(folder_).error().message,
              testing::AllOf(HasSubstr("line 2"), HasSubstr("loud"), HasSubstr("unknown")));

  Write("manifest.csv", "record\na1\n");
  EXPECT_THAT(ReadDataset(folder_).error().message, HasSubstr("\"label\""));
}

TEST_F(DatasetTest, ARecordNeverLeadsOutOfItsFolder) {
  Write("secret.wav", "");
  Write("set/manifest.csv", "record,label\n../secret,normal\n");
  EXPECT_EQ(ReadDataset(folder_ / "set").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace heartbeat::evaluation
