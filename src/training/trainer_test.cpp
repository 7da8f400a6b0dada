#include "training/trainer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "base/file.h"
#include "nn/session.h"
#include "training/augment.h"
#include "training/onnx_export.h"
#include "training/test_examples.h"

namespace heartbeat::training {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;

class TrainerTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  base::Result<TrainOutcome> Run(bool resume, const TrainObserver& observer = {}) {
    return Train(config_, examples_, split_, checkpoint_, resume, stop_, observer);
  }

  TrainConfig config_ = TinyConfig();
  std::vector<Example> examples_ = MakeExamples(config_, 20);
  Split split_ = HoldOut(examples_, 0.25, 1);
  fs::path folder_ = fs::temp_directory_path() / ("heartbeat-train-" + std::to_string(::getpid()));
  fs::path checkpoint_ = folder_ / "checkpoint.pt";
  std::atomic<bool> stop_ = false;
};

TEST_F(TrainerTest, LearnsWhatIsThereToLearn) {
  config_.optimizer.epochs = 24;
  config_.optimizer.learning_rate = 0.02;
  config_.optimizer.average_decay = 0.9;
  const auto outcome = Run(false);
  ASSERT_TRUE(outcome) << outcome.error().message;
  ASSERT_EQ(outcome->history.size(), 24U);
  EXPECT_LT(outcome->history.back().loss, outcome->history.front().loss);
  // The classes differ by 12 dB in a fifth of the picture: a network that learns at all tells them
  // apart.
  EXPECT_GT(outcome->history[static_cast<std::size_t>(outcome->best_epoch) - 1].holdout_auroc,
            0.95);
}

TEST_F(TrainerTest, LearnsInBFloat16AndWithEqualCellsToo) {
  config_.optimizer.epochs = 24;
  config_.optimizer.learning_rate = 0.02;
  config_.optimizer.average_decay = 0.9;
  const auto exact = Run(false);
  ASSERT_TRUE(exact) << exact.error().message;
  config_.optimizer.precision = "bfloat16";
  config_.optimizer.cell_variance = 1;
  fs::remove(checkpoint_);
  const auto rounded = Run(false);
  ASSERT_TRUE(rounded) << rounded.error().message;
  EXPECT_NE(rounded->history.back().loss, exact->history.back().loss);
  EXPECT_GT(rounded->history[static_cast<std::size_t>(rounded->best_epoch) - 1].holdout_auroc,
            0.95);
}

TEST_F(TrainerTest, StoppedAndResumedIsTheSameRun) {
  config_.network.dropout = 0.3;  // which draws from a generator that is not ours
  const auto whole = Run(false);
  ASSERT_TRUE(whole) << whole.error().message;
  fs::remove(checkpoint_);

  // Stop in the middle of the second epoch, then go on.
  TrainObserver observer;
  observer.on_step = [&](const Progress& p) { stop_ = p.epoch == 2 && p.step == 3; };
  const auto stopped = Run(false, observer);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  ASSERT_TRUE(fs::exists(checkpoint_));
  stop_ = false;
  const auto resumed = Run(true);
  ASSERT_TRUE(resumed) << resumed.error().message;
  ASSERT_EQ(resumed->history.size(), whole->history.size());
  for (std::size_t i = 0; i < whole->history.size(); ++i) {
    // One thread and the same draws: equal up to the rounding of sums (none was seen).
    EXPECT_NEAR(resumed->history[i].loss, whole->history[i].loss, 1e-6) << "epoch " << i + 1;
    EXPECT_NEAR(resumed->history[i].holdout_loss, whole->history[i].holdout_loss, 1e-6);
  }
}

TEST_F(TrainerTest, KeepsTheLastEpochWhereToldTo) {
  config_.optimizer.learning_rate = 0.1;  // too high: later epochs need not be better
  const auto best = Run(false);
  ASSERT_TRUE(best) << best.error().message;
  config_.optimizer.keep = "last";
  fs::remove(checkpoint_);
  const auto last = Run(false);
  ASSERT_TRUE(last) << last.error().message;
  EXPECT_EQ(last->best_epoch, config_.optimizer.epochs);
  // The model's hold-out loss is that of its epoch in the history.
  for (const auto& outcome : {*best, *last}) {
    Network network = outcome.network;
    const auto logits = MeanLogits(network, config_, examples_, split_.holdout);
    double loss = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const auto label = examples_[split_.holdout[i]].entry.label;
      loss += std::log1p(std::exp(label == evaluation::Label::kAbnormal ? -logits[i] : logits[i]));
    }
    const auto epoch = static_cast<std::size_t>(outcome.best_epoch) - 1;
    EXPECT_NEAR(loss / static_cast<double>(logits.size()), outcome.history[epoch].holdout_loss,
                1e-6);
  }
}

TEST_F(TrainerTest, LogitAdjustmentKeepsTheOddsOfADatabaseOutOfTheLogits) {
  // Nothing tells the classes apart but the database, which the picture shows: in one nine of ten
  // recordings are abnormal, in the other one of ten.
  examples_.clear();
  for (int i = 0; i < 80; ++i) {
    const bool first = i % 2 == 0;
    Example example = MakeExamples(config_, 1)[0];
    std::ranges::fill(example.centibels, static_cast<std::int16_t>(first ? 600 : -600));
    example.entry.database = first ? "first" : "second";
    example.entry.record = std::to_string(i);
    const bool abnormal = first == (i % 20 >= 2);
    example.entry.label = abnormal ? evaluation::Label::kAbnormal : evaluation::Label::kNormal;
    examples_.push_back(std::move(example));
  }
  split_ = HoldOut(examples_, 0.25, 1);
  config_.optimizer.epochs = 12;
  config_.optimizer.keep = "last";
  config_.optimizer.average_decay = 0.9;
  config_.augmentation.mixup_alpha = 0;
  // How much more abnormal the first database sounds than the second.
  const auto difference = [&] {
    fs::remove(checkpoint_);
    auto outcome = Run(false);
    EXPECT_TRUE(outcome) << outcome.error().message;
    const std::vector<std::size_t> one_of_each = {0, 1};
    const auto logits = MeanLogits(outcome->network, config_, examples_, one_of_each);
    return logits[0] - logits[1];
  };
  // The sampler draws with square roots: odds of 3 and 1/3, a difference of 2 log(3) = 2.2.
  EXPECT_GT(difference(), 1.1);
  config_.sampling.logit_adjustment = 1;
  EXPECT_LT(std::abs(difference()), 0.6);
}

TEST_F(TrainerTest, LearnsMurmursBesideTheFirstTask) {
  AddMurmurExamples(config_, 20, examples_);
  split_ = HoldOut(examples_, 0.25, 1);
  config_.murmur.weight = 1;
  config_.murmur.share = 0.4;
  config_.optimizer.epochs = 24;
  config_.optimizer.learning_rate = 0.02;
  config_.optimizer.average_decay = 0.9;
  config_.optimizer.keep = "last";
  const auto outcome = Run(false);
  ASSERT_TRUE(outcome) << outcome.error().message;
  const EpochRecord& last = outcome->history.back();
  EXPECT_GT(last.holdout_auroc, 0.95);
  ASSERT_TRUE(last.holdout_murmur_auroc);
  EXPECT_GT(*last.holdout_murmur_auroc, 0.95);
  // All three classes, not only the two that the AUROC is of.
  Network network = outcome->network;
  const auto outputs = MeanOutputs(network, config_, examples_, split_.holdout);
  int right = 0;
  int all = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& murmur = examples_[split_.holdout[i]].entry.murmur_at_location;
    if (!murmur) continue;
    const auto& logits = outputs[i].murmur;
    right += std::ranges::max_element(logits) - logits.begin() == static_cast<int>(*murmur) ? 1 : 0;
    ++all;
  }
  EXPECT_EQ(all, 18);  // 2 or 3 of each class's 10 patients
  // By chance it would be 6; so many are by chance in one of 250 runs.
  EXPECT_GE(right, 12);
}

TEST_F(TrainerTest, HasAMurmurOutputOnlyWhereItIsLearned) {
  const auto plain = Run(false);
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_FALSE(plain->network->murmur);
  EXPECT_FALSE(plain->history[0].holdout_murmur_auroc);
  config_.murmur.weight = 1;
  EXPECT_EQ(Run(false).error().code, ErrorCode::kInvalidArgument) << "there are none to learn from";
}

TEST_F(TrainerTest, StopsEarlyWithoutProgress) {
  config_.optimizer.patience = 1;
  config_.optimizer.epochs = 30;
  config_.sampling.windows_per_epoch = 64;
  const auto outcome = Run(false);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->stopped_early);
  EXPECT_LT(outcome->history.size(), 30U);
}

TEST_F(TrainerTest, DamagedOrForeignCheckpointIsRefused) {
  EXPECT_EQ(Run(true).error().code, ErrorCode::kNotFound);
  std::ofstream(checkpoint_) << "no checkpoint";
  EXPECT_EQ(Run(true).error().code, ErrorCode::kInvalidArgument);
  fs::remove(checkpoint_);
  config_.optimizer.epochs = 1;
  ASSERT_TRUE(Run(false));
  config_.network.channels = {8, 12};
  EXPECT_EQ(Run(true).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(TrainerTest, OneClassAloneIsRefused) {
  std::erase_if(examples_,
                [](const Example& e) { return e.entry.label == evaluation::Label::kNormal; });
  examples_.resize(1);
  split_ = HoldOut(examples_, 0.25, 1);
  EXPECT_EQ(Run(false).error().code, ErrorCode::kInvalidArgument);
}

// The whole network, batch statistics and all, against libtorch.
TEST_F(TrainerTest, ExportedModelAgreesWithLibtorch) {
  config_.optimizer.epochs = 1;
  auto outcome = Run(false);
  ASSERT_TRUE(outcome) << outcome.error().message;
  analysis::ModelMetadata metadata;
  metadata.name = "tiny";
  metadata.features = config_.features;
  metadata.window_s = config_.window.window_s;
  metadata.window_step_s = config_.window.step_s;
  const auto session = nn::Session::Load(ToOnnx(outcome->network, metadata));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->metadata().at("heartbeat.name"), "tiny");

  std::vector<std::size_t> indices(examples_.size());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    indices[i] = i;
    examples_[i].samples = static_cast<std::size_t>(metadata.WindowSamples());  // one window each
  }
  const auto expected = MeanLogits(outcome->network, config_, examples_, indices);
  const std::size_t size = session->input().ItemSize();
  std::vector<float> windows(indices.size() * size);
  for (const std::size_t i : indices) {
    CopyWindow(examples_[i], 0, config_.window.feature_scale, metadata.WindowFrames(),
               std::span(windows).subspan(i * size, size));
  }
  std::vector<float> logits(indices.size());
  ASSERT_EQ(session->outputs().size(), 2U);
  std::vector<float> evidence(indices.size() * session->outputs()[1].ItemSize());
  const std::vector<std::span<float>> outputs = {logits, evidence};
  ASSERT_TRUE(session->Run(indices.size(), windows, outputs));
  for (const std::size_t i : indices) {
    // The precision that the API promises.
    EXPECT_NEAR(logits[i], expected[i], 1e-4) << i;
  }
}

}  // namespace
}  // namespace heartbeat::training
