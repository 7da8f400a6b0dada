#include "evaluation/run_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace heartbeat::evaluation {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

RunIdentity Made() {
  return {
      "cross-validation", 5, 1, {{"optimizer.epochs", "20"}, {"network.channels", "[ 8 ]"}}, "rows",
      "trainer"};
}

TEST(RunIdentity, ReadsBack) {
  const auto read = ParseRunIdentity(ToJsonText(Made()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, Made());
  EXPECT_THAT(ParseRunIdentity("{").error().message, HasSubstr("damaged"));
  EXPECT_THAT(ParseRunIdentity(R"({"schema_version":1})").error().message, HasSubstr("damaged"));
  EXPECT_THAT(ParseRunIdentity(R"({"schema_version":2})").error().message, HasSubstr("version"));
}

TEST(RunIdentity, EveryDifferenceIsNamed) {
  EXPECT_TRUE(Differences(Made(), Made()).empty());
  RunIdentity other = Made();
  other.seed = 2;
  other.folds = 3;
  other.recipe["optimizer.epochs"] = "24";
  other.recipe.erase("network.channels");
  other.rows_sha256 = "others";
  other.trainer_sha256 = "another";
  EXPECT_THAT(
      Differences(Made(), other),
      ElementsAre("--folds was 5 and is 3", "--seed was 1 and is 2",
                  "network.channels was [ 8 ] and is unknown", "optimizer.epochs was 20 and is 24",
                  HasSubstr("recordings"), HasSubstr("heartbeat-train")));
}

TEST(FinishedFold, ReadsBack) {
  FinishedFold fold;
  fold.results.name = "fold-1";
  fold.results.training_recordings = 100;
  fold.results.holdout_recordings = 11;
  fold.results.test_recordings = 25;
  fold.results.test_recordings_in_training = 2;
  fold.results.model_sha256 = "m";
  fold.results.threshold = 0.4;
  fold.results.best_epoch = 7;
  fold.results.training_s = 12.5;
  fold.predictions_sha256 = "p";
  fold.program_sha256 = "h";
  const auto read = ParseFinishedFold(ToJsonText(fold));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(ToJsonText(*read), ToJsonText(fold));
  EXPECT_EQ(read->results.training_s, 12.5);
  EXPECT_FALSE(ParseFinishedFold("[]"));
}

TEST(HashRows, SeesNamesLabelsAndBytesButNoOrder) {
  std::vector<DatasetEntry> entries(2);
  entries[0].record = "a1";
  entries[0].label = Label::kNormal;
  entries[1].record = "a2";
  const std::string before = HashRows(entries, {"x", "y"});
  EXPECT_NE(before, HashRows(entries, {"x", "z"}));
  std::swap(entries[0], entries[1]);
  EXPECT_EQ(before, HashRows(entries, {"y", "x"}));
  entries[0].label = Label::kAbnormal;
  EXPECT_NE(before, HashRows(entries, {"y", "x"}));
}

TEST(HashRecordings, AFileThatIsNotThereIsNamed) {
  std::vector<DatasetEntry> entries(1);
  entries[0].path = "/nowhere/a1.wav";
  const auto hashes = HashRecordings(entries);
  ASSERT_FALSE(hashes);
  EXPECT_THAT(hashes.error().message, HasSubstr("a1.wav"));
}

TEST(FolderLock, OneAtATime) {
  const fs::path folder =
      fs::temp_directory_path() / ("heartbeat-lock-" + std::to_string(::getpid()));
  {
    const auto first = FolderLock::Take(folder);
    ASSERT_TRUE(first) << first.error().message;
    const auto second = FolderLock::Take(folder);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("another evaluation"));
  }
  EXPECT_TRUE(FolderLock::Take(folder));
  fs::remove_all(folder);
  std::ofstream(folder) << "a file";
  EXPECT_FALSE(FolderLock::Take(folder));
  fs::remove(folder);
}

}  // namespace
}  // namespace heartbeat::evaluation
