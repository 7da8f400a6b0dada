#include "training/training_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace heartbeat::training {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class TrainingRowsTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "set");
    Write("set/manifest.csv",
          "record,database,label,split\n"
          "a1,a,normal,train\na2,a,abnormal,train\na3,a,abnormal,train\n"
          "v1,a,normal,validation\nu1,a,,train\n");
    for (const char* record : {"a1", "a2", "a3", "v1", "u1"}) {
      Write(std::string("set/") + record + ".wav", "");
    }
    config_.folders = {folder_ / "set"};
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name) << text;
  }
  // The message of what the rows of `text` are refused with.
  std::string Refusal(std::string_view text) {
    Write("rows.csv", text);
    config_.rows = folder_ / "rows.csv";
    const auto read = ReadTrainingRows(config_);
    return read ? "" : read.error().message;
  }

  fs::path folder_ = fs::temp_directory_path() / ("heartbeat-rows-" + std::to_string(::getpid()));
  DataConfig config_;
};

TEST_F(TrainingRowsTest, LeavesOutOtherSplitsAndWhatHasNoLabel) {
  const auto read = ReadTrainingRows(config_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->rows.size(), 3U);
  EXPECT_EQ(read->without_label, 1U);
}

TEST_F(TrainingRowsTest, AFileRestrictsThem) {
  EXPECT_EQ(Refusal("record,database\na1,a\na3,a\n"), "");
  const auto read = ReadTrainingRows(config_);
  ASSERT_EQ(read->rows.size(), 2U);
  EXPECT_EQ(read->rows[1].record, "a3");
}

TEST_F(TrainingRowsTest, AFileThatDoesNotFitIsRefused) {
  EXPECT_THAT(Refusal("record,database\na1,a\nv1,a\n"), HasSubstr("line 3"));
  EXPECT_THAT(Refusal("record,database\nv1,a\n"), HasSubstr("\"validation\""));
  EXPECT_THAT(Refusal("record,database\na1,a\nu1,a\n"), HasSubstr("no label"));
  EXPECT_THAT(Refusal("record,database\na1,a\na9,a\n"), HasSubstr("no such recording"));
  EXPECT_THAT(Refusal("record,database\na1,a\na1,a\n"), HasSubstr("as in line 2"));
  EXPECT_THAT(Refusal("record\na1\n"), HasSubstr("database and record"));
  EXPECT_THAT(Refusal("record,database\na1,a\n"), HasSubstr("no abnormal"));
  config_.folders.push_back(folder_ / "set");
  EXPECT_THAT(Refusal("record,database\na1,a\na2,a\n"), HasSubstr("two recordings"));
  config_.rows = folder_ / "none.csv";
  EXPECT_EQ(ReadTrainingRows(config_).error().code, base::ErrorCode::kNotFound);
}

TEST_F(TrainingRowsTest, MurmursJoinWhereTheyAreLearned) {
  fs::create_directories(folder_ / "murmurs");
  Write("murmurs/manifest.csv",
        "record,patient,murmur_at_location,patient_murmur,split\n"
        "1_AV,1,present,present,train\n1_MV,1,absent,present,train\n"
        "2_AV,2,unknown,unknown,test\n3_AV,3,,present,train\n");
  for (const char* record : {"1_AV", "1_MV", "2_AV", "3_AV"}) {
    Write(std::string("murmurs/") + record + ".wav", "");
  }
  config_.folders.push_back(folder_ / "murmurs");
  auto read = ReadTrainingRows(config_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->rows.size(), 3U) << "a recipe without murmurs";
  read = ReadTrainingRows(config_, MurmurConfig{.weight = 1});
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->rows.size(), 5U);
  EXPECT_EQ(read->with_murmur, 2U);
  EXPECT_EQ(read->rows[3].record, "1_AV");
  EXPECT_FALSE(read->rows[3].label) << "a murmur is not abnormal";
  EXPECT_EQ(read->without_label, 2U);

  Write("rows.csv", "record,database\na1,a\na2,a\n1_AV,murmurs\n1_MV,murmurs\n");
  config_.rows = folder_ / "rows.csv";
  EXPECT_EQ(ReadTrainingRows(config_, MurmurConfig{.weight = 1})->rows.size(), 4U);
  EXPECT_THAT(ReadTrainingRows(config_).error().message, HasSubstr("no label"));
  Write("rows.csv", "record,database\na1,a\na2,a\n1_AV,murmurs\n");
  EXPECT_THAT(ReadTrainingRows(config_, MurmurConfig{.weight = 1}).error().message,
              HasSubstr("absent"));
  Write("rows.csv", "record,database\na1,a\na2,a\n2_AV,murmurs\n");
  EXPECT_THAT(ReadTrainingRows(config_, MurmurConfig{.weight = 1}).error().message,
              HasSubstr("\"test\""));
}

TEST_F(TrainingRowsTest, MurmursStandForLabelsWhereToldTo) {
  fs::create_directories(folder_ / "murmurs");
  Write("murmurs/manifest.csv",
        "record,patient,murmur_at_location,patient_murmur,split\n"
        "1_AV,1,present,present,train\n1_MV,1,absent,present,train\n"
        "2_AV,2,unknown,unknown,train\n3_AV,3,absent,absent,train\n");
  for (const char* record : {"1_AV", "1_MV", "2_AV", "3_AV"}) {
    Write(std::string("murmurs/") + record + ".wav", "");
  }
  config_.folders = {folder_ / "murmurs"};
  const auto read = ReadTrainingRows(config_, MurmurConfig{.weight = 1, .label_weight = 2});
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->rows.size(), 4U);
  EXPECT_EQ(read->rows[0].label, evaluation::Label::kAbnormal);
  EXPECT_FALSE(read->rows[1].label) << "where this murmur is not heard says nothing of the heart";
  EXPECT_FALSE(read->rows[2].label);
  EXPECT_EQ(read->rows[3].label, evaluation::Label::kNormal);
}

TEST_F(TrainingRowsTest, NothingToLearnFromIsRefused) {
  Write("set/manifest.csv", "record,patient_murmur\na1,absent\n");
  const auto read = ReadTrainingRows(config_);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("has a label"));
}

}  // namespace
}  // namespace heartbeat::training
