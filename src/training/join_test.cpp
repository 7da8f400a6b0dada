#include "training/join.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "nn/session.h"
#include "training/evidence_export.h"
#include "training/onnx_export.h"
#include "training/test_examples.h"
#include "training/trainer.h"

namespace heartbeat::training {
namespace {

using testing::HasSubstr;

constexpr int kFrames = 30;
constexpr double kBandHz = 40;  // from edge to edge of the first network's bands

// 16 bands from 20 Hz up.
TrainConfig FirstConfig() {
  TrainConfig config = TinyConfig();
  config.features.min_hz = 20;
  config.features.max_hz = 20 + 17 * kBandHz;
  return config;
}

// Bands 5 to 12 of the first, over rows 1 and 2 of its map.
TrainConfig SecondConfig() {
  TrainConfig config = TinyConfig();
  config.features.mel_bands = 8;
  config.features.min_hz = 20 + 5 * kBandHz;
  config.features.max_hz = 20 + 14 * kBandHz;
  config.features.normalization = features::Normalization::kBandStandard;
  config.network.channels = {6, 10};
  return config;
}

ImportedModel RandomModel(const TrainConfig& config, int seed, bool with_murmur = false) {
  torch::manual_seed(static_cast<std::uint64_t>(seed));
  ImportedModel model;
  model.metadata.name = "test";
  model.metadata.version = std::to_string(seed);
  model.metadata.features = config.features;
  model.metadata.window_s = config.window.window_s;
  model.metadata.window_step_s = config.window.step_s;
  model.metadata.feature_scale = config.window.feature_scale;
  model.metadata.training_data_sha256 = "data of " + std::to_string(seed);
  model.network = Network(config.network, config.features.mel_bands, with_murmur);
  const torch::NoGradGuard no_grad;
  for (int i = 0; i < 5; ++i) {
    model.network->forward(torch::randn({4, 1, config.features.mel_bands, kFrames}) * 3 + 1);
  }
  model.network->eval();
  return model;
}

// [row, ...] of each output by its name.
std::map<std::string, torch::Tensor> RunGraph(const ImportedModel& model,
                                              const torch::Tensor& window) {
  const auto session = nn::Session::Load(ToOnnx(model.network, model.metadata));
  EXPECT_TRUE(session) << session.error().message;
  std::map<std::string, torch::Tensor> values;
  std::vector<std::span<float>> outputs;
  for (const nn::TensorInfo& info : session->outputs()) {
    auto& value = values[info.name] = torch::zeros(info.shape);
    outputs.emplace_back(value.data_ptr<float>(), info.ItemSize());
  }
  const torch::Tensor input = window.contiguous();
  const auto ran =
      session->Run(1, {input.data_ptr<float>(), static_cast<std::size_t>(input.numel())}, outputs);
  EXPECT_TRUE(ran) << ran.error().message;
  return values;
}

TEST(ViewOf, FindsTheBandsOfTheSecond) {
  const auto view = ViewOf(FirstConfig().features, SecondConfig().features);
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(*view, (features::SecondView{.first_band = 5, .bands = 8}));
}

TEST(ViewOf, SaysWhatDoesNotFit) {
  const auto first = FirstConfig().features;
  const auto refusal = [&](const features::LogMelConfig& second) {
    const auto view = ViewOf(first, second);
    EXPECT_FALSE(view);
    return view ? "" : view.error().message;
  };
  auto second = SecondConfig().features;
  second.normalization = features::Normalization::kBandMedian;
  EXPECT_THAT(refusal(second), HasSubstr("band_standard"));
  second = SecondConfig().features;
  second.min_hz += 3;
  second.max_hz += 3;
  EXPECT_THAT(refusal(second), HasSubstr("bands"));
  second = SecondConfig().features;
  second.max_hz += 30;
  EXPECT_THAT(refusal(second), HasSubstr("bands"));
  second = SecondConfig().features;
  second.min_hz += 4 * kBandHz;
  second.max_hz += 4 * kBandHz;
  EXPECT_THAT(refusal(second), HasSubstr("bands"));
  second = SecondConfig().features;
  second.top_db = 60;
  EXPECT_THAT(refusal(second), HasSubstr("must be the same"));
}

torch::Tensor RandomWindow(int seed) {
  torch::manual_seed(static_cast<std::uint64_t>(100 + seed));
  return torch::randn({1, 1, 24, kFrames}) * 2;
}

TEST(Join, AddsTheSecondAndTheFirstCutOff) {
  const torch::NoGradGuard no_grad;
  const auto first = RandomModel(FirstConfig(), 1);
  const auto second = RandomModel(SecondConfig(), 2, true);
  Network network = first.network;
  Network other = second.network;
  constexpr int kWindows = 20;
  const auto alone = [&](int i) { return network(RandomWindow(i).narrow(2, 0, 16)).item<float>(); };
  std::vector<float> sizes;
  for (int i = 0; i < kWindows; ++i) sizes.push_back(std::abs(alone(i)));
  std::ranges::sort(sizes);
  const float limit = sizes[kWindows / 2];  // half of the windows are cut off
  const auto joined = Join(first, second, limit);
  ASSERT_TRUE(joined) << joined.error().message;
  EXPECT_EQ(joined->metadata.version, "1");
  EXPECT_NE(joined->metadata.training_data_sha256, first.metadata.training_data_sha256);

  Network both = joined->network;
  for (int i = 0; i < kWindows; ++i) {
    const auto window = RandomWindow(i);
    const auto low = window.narrow(2, 0, 16);
    const auto high = window.narrow(2, 16, 8);
    const auto heard = other(high);
    const float logit = std::clamp(alone(i), -limit, limit) + heard[0][0].item<float>();
    EXPECT_NEAR(both(window)[0][0].item<float>(), logit, 1e-5);
    const auto values = RunGraph(*joined, window);
    EXPECT_NEAR(values.at("logit").item<float>(), logit, 1e-5);
    EXPECT_LT((values.at("murmur") - heard[0].narrow(0, 1, 3)).abs().max().item<float>(), 1e-5);

    // Each adds its own evidence, the first as much of it as of its logit.
    const float share = std::min(1.0F, limit / std::abs(alone(i)));
    auto expected = RunGraph(first, low).at(kEvidencePrefix) * share;
    EXPECT_EQ(expected.size(0), 4);
    expected.narrow(0, 1, 2) += RunGraph(second, high).at(kEvidencePrefix);
    EXPECT_LT((values.at(kEvidencePrefix) - expected).abs().max().item<float>(), 1e-5);
  }
}

TEST(Join, IsImportedAgain) {
  const auto joined =
      Join(RandomModel(FirstConfig(), 1), RandomModel(SecondConfig(), 2, true), 1.5);
  ASSERT_TRUE(joined) << joined.error().message;
  const auto onnx = ToOnnx(joined->network, joined->metadata);
  const auto again = FromOnnx(onnx, 0.25);
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_TRUE(again->network->shape.second);
  EXPECT_EQ(again->network->shape.second->limit, 1.5);
  EXPECT_TRUE(again->network->shape.with_murmur);
  EXPECT_EQ(ToOnnx(again->network, again->metadata), onnx);
}

TEST(Join, RefusesWhatDoesNotFit) {
  const auto first = RandomModel(FirstConfig(), 1);
  auto second = RandomModel(SecondConfig(), 2);
  second.metadata.window_s = 2;
  EXPECT_THAT(Join(first, second, 1).error().message, HasSubstr("windows"));
  auto config = SecondConfig();
  config.network.strides = {1, 1};
  EXPECT_THAT(Join(first, RandomModel(config, 2), 1).error().message, HasSubstr("strides"));
  const auto joined = Join(first, RandomModel(SecondConfig(), 2), 1);
  ASSERT_TRUE(joined);
  EXPECT_THAT(Join(*joined, RandomModel(SecondConfig(), 2), 1).error().message,
              HasSubstr("joined from two already"));
}

// As a server's retraining does: both networks go on learning.
TEST(Join, IsTrainedFurtherAsOne) {
  const auto joined = Join(RandomModel(FirstConfig(), 1), RandomModel(SecondConfig(), 2), 2);
  ASSERT_TRUE(joined) << joined.error().message;
  auto config = FirstConfig();
  config.features = joined->metadata.features;
  config.network = joined->network->shape.network;
  config.optimizer.epochs = 2;
  auto rows = config;
  rows.features.mel_bands = config.features.Rows();
  const auto examples = MakeExamples(rows, 10);
  const Split split = HoldOut(examples, 0.2, 1);
  const auto folder = std::filesystem::temp_directory_path() / "heartbeat_join_test";
  std::filesystem::create_directories(folder);
  const std::atomic<bool> stop = false;
  const auto outcome =
      Train(config, examples, split, folder / "checkpoint.pt", false, stop, {}, joined->network);
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(outcome) << outcome.error().message;
  ASSERT_TRUE(outcome->network->second);
  const auto moved = [&](const torch::nn::Linear& before, const torch::nn::Linear& after) {
    return (before->weight - after->weight).abs().max().item<double>() > 1e-4;
  };
  EXPECT_TRUE(moved(joined->network->linear, outcome->network->linear));
  EXPECT_TRUE(moved(joined->network->second_linear, outcome->network->second_linear));
}

}  // namespace
}  // namespace heartbeat::training
