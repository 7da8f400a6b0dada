#include "training/feature_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace heartbeat::training {
namespace {

namespace fs = std::filesystem;

class FeatureCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    auto read = evaluation::ReadDataset(fs::path(HEARTBEAT_SOURCE_DIR) / "tests/data");
    ASSERT_TRUE(read) << read.error().message;
    entries_ = std::move(*read);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] ExampleSet Load(const std::vector<evaluation::DatasetEntry>& entries) const {
    auto set = LoadExamples(entries, config_, 20000, folder_, {});
    EXPECT_TRUE(set) << set.error().message;
    return set ? std::move(*set) : ExampleSet();
  }

  fs::path folder_ = fs::temp_directory_path() / ("heartbeat-cache-" + std::to_string(::getpid()));
  std::vector<evaluation::DatasetEntry> entries_;
  features::LogMelConfig config_;
};

TEST_F(FeatureCacheTest, ServesAnySubsetInAnyOrder) {
  const ExampleSet whole = Load(entries_);
  EXPECT_EQ(whole.computed, entries_.size());
  ASSERT_EQ(whole.examples.size(), entries_.size());
  const ExampleSet some = Load({entries_[5], entries_[2]});
  EXPECT_EQ(some.computed, 0U);
  ASSERT_EQ(some.examples.size(), 2U);
  EXPECT_EQ(some.examples[0].entry.record, entries_[5].record);
  EXPECT_EQ(some.examples[0].centibels, whole.examples[5].centibels);
  EXPECT_EQ(some.examples[1].frames, whole.examples[2].frames);
  EXPECT_EQ(some.examples[1].samples, whole.examples[2].samples);
  EXPECT_NE(some.sha256, whole.sha256);
}

TEST_F(FeatureCacheTest, AnotherFrontEndIsComputed) {
  EXPECT_EQ(Load(entries_).computed, entries_.size());
  config_.mel_bands = 64;
  EXPECT_EQ(Load(entries_).computed, entries_.size());
}

TEST_F(FeatureCacheTest, DamagedFilesAreComputedAgain) {
  const ExampleSet whole = Load(entries_);
  std::size_t file = 0;
  for (const auto& item : fs::directory_iterator(folder_)) {
    if (++file % 2 == 0) continue;
    if (file % 4 == 1) {
      fs::resize_file(item.path(), fs::file_size(item.path()) - 1);
    } else {
      std::ofstream(item.path()) << "nothing of ours";
    }
  }
  const ExampleSet again = Load(entries_);
  EXPECT_EQ(again.computed, entries_.size() / 2);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    EXPECT_EQ(again.examples[i].centibels, whole.examples[i].centibels);
  }
}

TEST_F(FeatureCacheTest, WhatCannotBeHeardIsRememberedWithItsReason) {
  fs::create_directories(folder_);
  const fs::path broken = folder_ / "broken.wav";
  std::ofstream(broken) << "no recording";
  entries_[1].path = broken;
  const ExampleSet first = Load(entries_);
  ASSERT_EQ(first.refused.size(), 1U);
  EXPECT_EQ(first.examples.size(), entries_.size() - 1);
  const ExampleSet again = Load(entries_);
  EXPECT_EQ(again.computed, 0U);
  EXPECT_EQ(again.refused, first.refused);
  EXPECT_EQ(again.sha256, first.sha256);
}

}  // namespace
}  // namespace heartbeat::training
