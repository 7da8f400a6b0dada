#include "training/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heartbeat::training {
namespace {

using testing::HasSubstr;

TrainConfig Usable() {
  TrainConfig config;
  config.data.folders = {"somewhere"};
  return config;
}

TEST(TrainConfig, DefaultsAreValidOnceThereIsData) {
  EXPECT_THAT(TrainConfig().Validate().error().message, HasSubstr("data.folders"));
  EXPECT_TRUE(Usable().Validate());
}

TEST(TrainConfig, RefusesToLearnFromWhatJudges) {
  for (const char* split : {"validation", "test"}) {
    TrainConfig config = Usable();
    config.data.split = split;
    EXPECT_THAT(config.Validate().error().message, HasSubstr("data.split"));
  }
}

TEST(TrainConfig, NamesTheFieldThatIsWrong) {
  TrainConfig config = Usable();
  config.network.strides.pop_back();
  EXPECT_THAT(config.Validate().error().message, HasSubstr("network.strides"));
  config = Usable();
  config.optimizer.device = "tpu";
  EXPECT_THAT(config.Validate().error().message, HasSubstr("optimizer.device"));
  config = Usable();
  config.augmentation.band_mask_bands = 1000;
  EXPECT_THAT(config.Validate().error().message, HasSubstr("masks"));
  config = Usable();
  config.features.hop_samples = 0;
  EXPECT_THAT(config.Validate().error().message, HasSubstr("hop_samples"));
}

TEST(TrainConfig, MurmurWindowsAreAShareOfABatch) {
  TrainConfig config = Usable();
  EXPECT_EQ(config.MurmurWindowsOfBatch(), 0) << "nothing is learned of murmurs by default";
  config.murmur.weight = 0.5;
  EXPECT_EQ(config.MurmurWindowsOfBatch(), 10) << "0.3 of 32";
  config.murmur.share = 0.001;
  EXPECT_EQ(config.MurmurWindowsOfBatch(), 1);
  config.murmur.share = 0.999;
  EXPECT_EQ(config.MurmurWindowsOfBatch(), 31) << "the first task is never without";
  EXPECT_TRUE(config.Validate());
  config.murmur.share = 1;
  EXPECT_THAT(config.Validate().error().message, HasSubstr("murmur.share"));
  config.murmur = {.weight = 0, .label_weight = 1};
  EXPECT_THAT(config.Validate().error().message, HasSubstr("murmur.label_weight"));
  config.murmur = {.weight = -1};
  EXPECT_THAT(config.Validate().error().message, HasSubstr("murmur.weight"));
}

TEST(Toml, RoundTripKeepsEveryParameter) {
  TrainConfig config = Usable();
  config.features.mel_scale = features::MelScale::kHtk;
  config.network.channels = {8, 16};
  config.network.strides = {2, 1};
  config.optimizer.seed = 123456789012;
  config.optimizer.learning_rate = 0.0123;
  TrainConfig back;
  const auto applied = ApplyToml(ToToml(config), back);
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(ToToml(back), ToToml(config));
  EXPECT_EQ(back.features, config.features);
  EXPECT_EQ(back.network.channels, config.network.channels);
  EXPECT_EQ(back.optimizer.seed, 123456789012);
}

TEST(Toml, ASecondNetworkIsARecipeOfItsOwn) {
  TrainConfig config = Usable();
  EXPECT_EQ(ToToml(config).find("second"), std::string::npos);
  const auto applied = ApplyToml(
      "[features]\nmel_bands = 64\n[second]\nlimit = 2\n[second.features]\nmel_bands = 32\n"
      "[second.network]\nchannels = [8]\nstrides = [2]\n[second.murmur]\nweight = 0.5\n",
      config);
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_TRUE(config.Validate()) << config.Validate().error().message;
  config.optimizer.threads = 7;
  const TrainConfig first = config.FirstAlone();
  EXPECT_EQ(first.features.mel_bands, 64);
  EXPECT_EQ(first.second.limit, 0);
  const TrainConfig second = config.SecondAlone();
  EXPECT_EQ(second.features.mel_bands, 32);
  EXPECT_EQ(second.network.channels, std::vector<int>{8});
  EXPECT_TRUE(second.LearnsMurmurs());
  EXPECT_EQ(second.data.folders, config.data.folders);
  EXPECT_EQ(second.optimizer.threads, 7);
  EXPECT_EQ(second.second.limit, 0);
  TrainConfig back;
  ASSERT_TRUE(ApplyToml(ToToml(config), back));
  EXPECT_EQ(ToToml(back), ToToml(config));
  EXPECT_EQ(back.second.network.channels, std::vector<int>{8});
}

TEST(Toml, NamesWhatIsWrongOfASecondNetwork) {
  TrainConfig config = Usable();
  EXPECT_THAT(ApplyToml("[second.network]\nwidth = 1\n", config).error().message,
              HasSubstr("second.network.width"));
  config.second.limit = 1;
  config.second.network.strides = {3};
  EXPECT_THAT(config.Validate().error().message, HasSubstr("second network"));
  config.second = {};
  config.second.limit = 1;
  config.murmur.weight = 1;
  EXPECT_THAT(config.Validate().error().message, HasSubstr("second.murmur.weight"));
  config.second.limit = -1;
  EXPECT_THAT(config.Validate().error().message, HasSubstr("second.limit"));
}

TEST(Toml, OverlaysOnlyWhatItNames) {
  TrainConfig config;
  ASSERT_TRUE(ApplyToml("[optimizer]\nepochs = 3\nlearning_rate = 1\n", config));
  EXPECT_EQ(config.optimizer.epochs, 3);
  EXPECT_EQ(config.optimizer.learning_rate, 1.0) << "an integer is a good number";
  EXPECT_EQ(config.optimizer.batch_size, OptimizerConfig().batch_size);
}

TEST(Toml, NamesTheLineOfAFault) {
  TrainConfig config;
  for (const auto& [text, part] :
       {std::pair{"[optimizer]\nepochs = \"3\"\n", "optimizer.epochs"},
        std::pair{"[optimizer]\nepoch = 3\n", "optimizer.epoch"},
        std::pair{"[a]\n[optimizer\n", "line 2"}, std::pair{"\nepochs = 3\n", "outside a section"},
        std::pair{"\n[features]\nmel_scale = \"bark\"\n", "line 3"}}) {
    const auto applied = ApplyToml(text, config);
    ASSERT_FALSE(applied) << text;
    EXPECT_EQ(applied.error().code, base::ErrorCode::kInvalidArgument);
    EXPECT_THAT(applied.error().message, HasSubstr(part));
    EXPECT_THAT(applied.error().message, HasSubstr("line "));
  }
}

}  // namespace
}  // namespace heartbeat::training
