#include "training/batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "training/test_examples.h"

namespace heartbeat::training {
namespace {

class BatchTest : public testing::Test {
 protected:
  void SetUp() override {
    config_.murmur.weight = 1;
    config_.murmur.share = 0.25;
    AddMurmurExamples(config_, 20, examples_);
  }
  [[nodiscard]] Batch Make() const {
    std::vector<std::size_t> all(examples_.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    return MakeBatch(config_, examples_,
                     {Sampler(examples_, all, config_.sampling),
                      MurmurSampler(examples_, all, config_.sampling)},
                     1, 2);
  }
  TrainConfig config_ = TinyConfig();
  std::vector<Example> examples_ = MakeExamples(config_, 20);
};

TEST_F(BatchTest, HasAShareOfWindowsForMurmurs) {
  config_.augmentation.mixup_alpha = 0;
  const Batch batch = Make();
  EXPECT_EQ(batch.windows.size(0), 16);
  EXPECT_EQ(batch.targets.sizes(), (torch::IntArrayRef{12, 1}));
  EXPECT_EQ(batch.murmur_targets.sizes(), (torch::IntArrayRef{4, 3}));
  const float smoothing = static_cast<float>(config_.optimizer.label_smoothing);
  const auto most = batch.murmur_targets.amax(1);
  // Exact but for the rounding of single precision.
  EXPECT_TRUE(torch::allclose(batch.murmur_targets.sum(1), torch::ones(4), 0, 1e-6));
  EXPECT_TRUE(torch::allclose(most, torch::full(4, 1 - smoothing * 2 / 3), 0, 1e-6));
  // As many of each class: the logarithm of a third.
  EXPECT_TRUE(
      torch::allclose(batch.murmur_offsets, torch::full({4, 3}, std::log(1.0 / 3)), 0, 1e-6));
}

TEST_F(BatchTest, MixesEachWindowWithItsTaskAlone) {
  // Far from all augmentation: what has a label lies high, what has a murmur low.
  for (Example& example : examples_) {
    std::ranges::fill(example.centibels, example.entry.label ? 20000 : -20000);
  }
  config_.augmentation.mixup_alpha = 0.3;
  config_.augmentation.time_masks = 0;
  config_.augmentation.band_masks = 0;
  config_.augmentation.noise_probability = 0;
  const Batch batch = Make();
  const auto mean = batch.windows.mean({1, 2, 3}) / config_.window.feature_scale;  // decibels
  for (int i = 0; i < 16; ++i) {
    EXPECT_NEAR(mean[i].item<double>(), i < 12 ? 200 : -200, 10) << i;
  }
  EXPECT_TRUE(torch::allclose(batch.murmur_targets.sum(1), torch::ones(4), 0, 1e-6));
}

TEST_F(BatchTest, SaysNothingOfAClassThatADatabaseDoesNotHave) {
  std::erase_if(examples_, [](const Example& example) {
    return example.entry.murmur_at_location == evaluation::Murmur::kUnknown;
  });
  const Batch batch = Make();
  EXPECT_TRUE(batch.murmur_targets.select(1, 1).eq(0).all().item<bool>());
  EXPECT_TRUE(batch.murmur_offsets.select(1, 1).lt(-20).all().item<bool>());
}

TEST_F(BatchTest, WithoutMurmursEveryWindowHasALabel) {
  config_.murmur.weight = 0;
  const Batch batch = Make();
  EXPECT_EQ(batch.targets.size(0), 16);
  EXPECT_EQ(batch.murmur_targets.size(0), 0);
}

}  // namespace
}  // namespace heartbeat::training
