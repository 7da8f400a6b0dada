#include "training/retrain_recipe.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"

namespace heartbeat::training {
namespace {

TEST(RetrainRecipeTest, FewRecordingsAreDividedIntoFewerParts) {
  EXPECT_EQ(RetrainFolds(10, 10), 3U);
  EXPECT_EQ(RetrainFolds(1000, 24), 3U);
  EXPECT_EQ(RetrainFolds(25, 1000), 5U);
}

TEST(RetrainRecipeTest, IsAValidRecipeThatGrowsWithTheRecordings) {
  const RetrainJob job{.model = "m.onnx", .version = "1+r2", .epochs = 3, .threads = 2};
  for (const std::size_t recordings : {20U, 400U, 100'000U}) {
    auto config = RetrainRecipe(job, recordings);
    config.data.folders = {"somewhere"};
    EXPECT_TRUE(config.Validate());
    EXPECT_EQ(config.optimizer.epochs, 3);
    EXPECT_EQ(config.optimizer.keep, "last");
  }
  EXPECT_EQ(RetrainRecipe(job, 20).sampling.windows_per_epoch, 320);
  EXPECT_EQ(RetrainRecipe(job, 400).sampling.windows_per_epoch, 3200);
  EXPECT_EQ(RetrainRecipe(job, 100'000).sampling.windows_per_epoch, 5000);
}

TEST(RetrainRecipeTest, ReadsItsJobAndRefusesOtherFiles) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("heartbeat-job-" + std::to_string(::getpid()) + ".json");
  ASSERT_TRUE(base::WriteFileAtomically(
      file, R"({"model":"/m.onnx","version":"0.3.0+r1","epochs":2,"threads":1,)"
            R"("current_was_retrained":true})"));
  const auto job = RetrainJob::Read(file);
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(job->model, "/m.onnx");
  EXPECT_EQ(job->epochs, 2);
  EXPECT_TRUE(job->current_was_retrained);
  ASSERT_TRUE(base::WriteFileAtomically(file, R"({"model":7})"));
  EXPECT_EQ(RetrainJob::Read(file).error().code, base::ErrorCode::kInvalidArgument);
  std::filesystem::remove(file);
  EXPECT_EQ(RetrainJob::Read(file).error().code, base::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace heartbeat::training
