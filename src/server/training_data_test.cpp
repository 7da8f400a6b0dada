#include "server/training_data.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;

class TrainingData : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "heartbeat-data-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  void Touch(const std::string& path) const {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << "x";
  }

  fs::path folder_;
};

TEST_F(TrainingData, CountsTheRecordingsOfEachClass) {
  for (const char* path :
       {"train/normal/a.wav", "train/normal/b.FLAC", "train/normal/notes.txt",
        "train/normal/within/c.wav", "train/abnormal/d.mp3", "train/other/e.wav", "normal/f.wav"}) {
    Touch(path);
  }
  const auto counts = CountTrainingData(folder_);
  EXPECT_EQ(counts.normal, 2U);
  EXPECT_EQ(counts.abnormal, 1U);
}

TEST_F(TrainingData, CountsNoneWhereThereAreNone) {
  EXPECT_EQ(CountTrainingData(folder_).normal, 0U);
  EXPECT_EQ(CountTrainingData(folder_ / "missing").abnormal, 0U);
  Touch("train/normal");  // a file where a folder is looked for
  EXPECT_EQ(CountTrainingData(folder_).normal, 0U);
}

}  // namespace
}  // namespace heartbeat::server
