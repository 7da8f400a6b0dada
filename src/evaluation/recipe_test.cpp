#include "evaluation/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace heartbeat::evaluation {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kToml =
    "[data]\nfolders = [ \"x\" ]\n[optimizer]\nepochs = 20\nlearning_rate = 0.006\nthreads = "
    "2\naverage_decay = 0.998\n"
    "[output]\nname = \"small heart\"\n[sampling]\nwindows_per_epoch = 1500\n[network]\nchannels = "
    "[ 8, 16 ]\n";

TEST(Recipe, NamesEachParameter) {
  const auto recipe = ParseRecipe(kToml);
  ASSERT_TRUE(recipe) << recipe.error().message;
  EXPECT_EQ(recipe->values.at("optimizer.learning_rate"), "0.006");
  EXPECT_EQ(recipe->values.at("network.channels"), "[ 8, 16 ]");
  EXPECT_EQ(recipe->values.at("output.name"), "small heart");
  EXPECT_EQ(recipe->Integer("optimizer.epochs").value(), 20);
  EXPECT_FALSE(recipe->Integer("optimizer.learning_rate"));
  EXPECT_FALSE(recipe->Integer("optimizer.none"));
  const auto learned = recipe->WhatIsLearned();
  EXPECT_TRUE(learned.contains("optimizer.epochs"));
  EXPECT_FALSE(learned.contains("optimizer.threads"));
  EXPECT_FALSE(learned.contains("data.folders"));
  EXPECT_THAT(ParseRecipe("[a]\nb = \n").error().message, HasSubstr("line 2"));
}

TEST(Recipe, HasTheParametersOfASecondNetwork) {
  const auto recipe = ParseRecipe(
      "[optimizer]\nepochs = 3\n[sampling]\nwindows_per_epoch = 100\n[murmur]\nweight = 0\n"
      "[second]\nlimit = 2.0\n[second.optimizer]\nepochs = 24\n"
      "[second.sampling]\nwindows_per_epoch = 100\n[second.murmur]\nweight = 0.5\n");
  ASSERT_TRUE(recipe) << recipe.error().message;
  EXPECT_TRUE(recipe->HasSecondNetwork());
  EXPECT_TRUE(recipe->LearnsMurmurs());
  EXPECT_EQ(recipe->values.at("second.optimizer.epochs"), "24");
  const auto quick = MakeQuick(*recipe);
  ASSERT_TRUE(quick) << quick.error().message;
  EXPECT_EQ(quick->options, (std::vector<std::string>{"--second.optimizer.epochs", "6"}));
  const auto without = ParseRecipe("[second]\nlimit = 0.0\n[second.murmur]\nweight = 0.5\n");
  ASSERT_TRUE(without);
  EXPECT_FALSE(without->HasSecondNetwork());
  EXPECT_FALSE(without->LearnsMurmurs());
}

TEST(Recipe, QuickOnlyEverReduces) {
  const auto quick = MakeQuick(ParseRecipe(kToml).value());
  ASSERT_TRUE(quick);
  EXPECT_THAT(quick->options, ElementsAre("--optimizer.epochs", "6"));
  EXPECT_THAT(quick->reductions, ElementsAre("6 epochs of training instead of 20"));
  const auto small = MakeQuick(
      ParseRecipe("[optimizer]\nepochs = 2\n[sampling]\nwindows_per_epoch = 50\n").value());
  ASSERT_TRUE(small) << small.error().message;
  EXPECT_TRUE(small->options.empty() && small->reductions.empty());
}

// A shell script stands for heartbeat-train: what crosses the processes is tested in
// test_evaluate.py.
TEST(ReadRecipe, HandsOnWhatTheTrainerSaysIsWrong) {
  const fs::path folder =
      fs::temp_directory_path() / ("heartbeat-recipe-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const fs::path trainer = folder / "trainer";
  std::ofstream(trainer) << "#!/bin/sh\n"
                            "[ \"$2\" = good ] || { echo 'heartbeat-train: bad, line 2' >&2; exit "
                            "2; }\necho '[a]'; echo \"b = $4\"\n";
  fs::permissions(trainer, fs::perms::owner_all);
  const auto good = ReadRecipe(trainer, "good", {"--a.b", "7"}, folder, false);
  const auto bad = ReadRecipe(trainer, "bad", {}, folder, false);
  const auto stopped = ReadRecipe(trainer, "good", {"--a.b", "7"}, folder, true);
  fs::remove(trainer);
  EXPECT_TRUE(fs::is_empty(folder)) << "no file is left over";
  fs::remove_all(folder);
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(good->values.at("a.b"), "7");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(bad.error().message, testing::EndsWith(": bad, line 2"));
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, base::ErrorCode::kCancelled);
}

}  // namespace
}  // namespace heartbeat::evaluation
