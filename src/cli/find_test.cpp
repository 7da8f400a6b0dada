// What the program looks for beside itself: the model and the trainer.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/default_model.h"
#include "cli/trainer.h"

namespace heartbeat::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using testing::HasSubstr;

class FindTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(bin_); }
  void TearDown() override { fs::remove_all(folder_); }
  static void Touch(const fs::path& path, fs::perms perms = fs::perms::owner_all) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
    fs::permissions(path, perms);
  }

  fs::path folder_ = fs::temp_directory_path() / ("heartbeat-find-" + std::to_string(::getpid()));
  fs::path bin_ = folder_ / "bin";
};

TEST_F(FindTest, TheInstalledModelComesFirst) {
  const auto places = DefaultModelPlaces(bin_);
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0], folder_ / "share/heartbeat/models/heartbeat.onnx");
  EXPECT_EQ(places[1], fs::path(HEARTBEAT_SOURCE_DIR) / "models/heartbeat.onnx");
}

TEST_F(FindTest, TheFirstModelThatIsThere) {
  Touch(folder_ / "b");
  Touch(folder_ / "c");
  EXPECT_EQ(FindModel({folder_ / "a", folder_ / "b", folder_ / "c"}).value(), folder_ / "b");
}

TEST_F(FindTest, NoModelNamesEveryPlace) {
  const auto found = FindModel({folder_ / "a", folder_});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kNoModel);
  EXPECT_THAT(found.error().message, HasSubstr((folder_ / "a").string() + " nor "));
  EXPECT_THAT(found.error().message, HasSubstr("--model"));
}

TEST_F(FindTest, ANamedModelIsNotLookedFor) {
  EXPECT_EQ(ModelPath("none.onnx").value(), "none.onnx");
}

TEST_F(FindTest, TheTrainerBesideTheProgramComesFirst) {
  const std::string path = "::" + (folder_ / "a").string() + ":" + (folder_ / "b").string();
  EXPECT_FALSE(FindTrainer(bin_, path));
  Touch(folder_ / "b/heartbeat-train");
  EXPECT_EQ(FindTrainer(bin_, path).value(), folder_ / "b/heartbeat-train");
  Touch(folder_ / "libexec/heartbeat/heartbeat-train");
  EXPECT_EQ(FindTrainer(bin_, path).value(), folder_ / "libexec/heartbeat/heartbeat-train");
  Touch(folder_ / "training/heartbeat-train");
  EXPECT_EQ(FindTrainer(bin_, path).value(), folder_ / "training/heartbeat-train");
  Touch(bin_ / "heartbeat-train");
  EXPECT_EQ(FindTrainer(bin_, path).value(), bin_ / "heartbeat-train");
}

TEST_F(FindTest, WhatCannotRunIsNoTrainer) {
  Touch(bin_ / "heartbeat-train", fs::perms::owner_read);
  fs::create_directories(folder_ / "a/heartbeat-train");
  const auto found = FindTrainer(bin_, (folder_ / "a").string());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(found.error().message, HasSubstr("script/server --with-training"));
}

}  // namespace
}  // namespace heartbeat::cli
