#include "training/evidence_export.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "nn/session.h"
#include "training/onnx_export.h"
#include "training/onnx_import.h"
#include "training/test_examples.h"

namespace heartbeat::training {
namespace {

struct Explained {
  float logit = NAN;
  torch::Tensor evidence;  // [row, column]
};

// By differentiating a trunk itself.
Explained ByAutograd(Trunk trunk, torch::nn::Linear linear, const torch::Tensor& window) {
  torch::Tensor map = trunk->stem(window);
  for (Block& block : trunk->blocks) map = block(map);
  map = map.detach().contiguous().requires_grad_(true);
  const torch::Tensor pooled = trunk->mix(trunk->collapse(map)).squeeze(2);
  const torch::Tensor logit = linear(torch::cat({pooled.mean(2), pooled.amax(2)}, 1)).sum();
  const torch::Tensor gradient = torch::autograd::grad({logit}, {map})[0];
  return {logit.item<float>(), (gradient * map).detach().sum(1).squeeze(0)};
}

Explained ByAutograd(const Network& network, const torch::Tensor& window) {
  return ByAutograd(network->trunk, network->linear, window);
}

// By the graph that is written.
Explained ByGraph(const nn::Session& session, const torch::Tensor& window) {
  Explained explained;
  std::map<std::string, std::vector<float>> values;
  std::vector<std::span<float>> outputs;
  for (const nn::TensorInfo& info : session.outputs()) {
    auto& value = values[info.name];
    value.resize(info.ItemSize());
    outputs.emplace_back(value);
    if (info.name == kEvidencePrefix) explained.evidence = torch::zeros(info.shape);
  }
  const torch::Tensor input = window.contiguous();
  const auto ran =
      session.Run(1, {input.data_ptr<float>(), static_cast<std::size_t>(input.numel())}, outputs);
  EXPECT_TRUE(ran);
  explained.logit = values.at("logit")[0];
  std::ranges::copy(values.at(kEvidencePrefix), explained.evidence.data_ptr<float>());
  return explained;
}

double LargestDifference(const Explained& one, const Explained& other) {
  EXPECT_EQ(one.evidence.sizes(), other.evidence.sizes());
  return (one.evidence - other.evidence).abs().max().item<double>();
}

// Trained for so little that about half of all units are active, as in a network that has learned.
Network RandomNetwork(const TrainConfig& config) {
  torch::manual_seed(5);
  Network network(config.network, config.features.mel_bands);
  network->train();
  const torch::NoGradGuard no_grad;
  for (int i = 0; i < 5; ++i) network(torch::randn({4, 1, config.features.mel_bands, 30}) * 3 + 1);
  network->eval();
  return network;
}

nn::Session Exported(const Network& network, const TrainConfig& config) {
  analysis::ModelMetadata metadata;
  metadata.features = config.features;
  metadata.window_s = config.window.window_s;
  auto session = nn::Session::Load(ToOnnx(network, metadata));
  EXPECT_TRUE(session) << session.error().message;
  return *std::move(session);
}

TEST(EvidenceExportTest, IsTheGradientTimesTheActivation) {
  for (const bool ends_with_a_sum : {false, true}) {
    auto config = TinyConfig();
    config.network.channels = {8, ends_with_a_sum ? 8 : 12};
    const auto network = RandomNetwork(config);
    const auto session = Exported(network, config);
    for (int i = 0; i < 20; ++i) {
      const auto window = torch::randn({1, 1, 16, 30}) * 2;
      const auto expected = ByAutograd(network, window);
      const auto got = ByGraph(session, window);
      EXPECT_NEAR(got.logit, expected.logit, 1e-5);
      EXPECT_GT(expected.evidence.abs().max().item<double>(), 1e-3);
      // The same products in another order: 1e-6 is far above the rounding of values below 0.1.
      EXPECT_LT(LargestDifference(got, expected), 1e-6) << i;
    }
  }
}

TEST(EvidenceExportTest, EqualMaximaShareTheGradient) {
  auto config = TinyConfig();
  config.network.channels = {8};
  config.network.strides = {1};
  const auto network = RandomNetwork(config);
  // Every column is the same but for those next to the padding, which only takes away.
  for (auto* unit : {&network->trunk->stem, &network->trunk->blocks[0]->depthwise}) {
    const torch::NoGradGuard no_grad;
    (*unit)->conv->weight.abs_();
    (*unit)->norm->running_mean.zero_();
  }
  const auto window = torch::ones({1, 1, 16, 30});
  const auto got = ByGraph(Exported(network, config), window);
  EXPECT_LT(LargestDifference(got, ByAutograd(network, window)), 1e-5);
  const auto middle = got.evidence.slice(1, 4, 11);
  EXPECT_GT(middle.abs().max().item<double>(), 1e-3);
  EXPECT_LT((middle - got.evidence.slice(1, 5, 12)).abs().max().item<double>(), 1e-5);
}

TEST(EvidenceExportTest, OfTheShippedModel) {
  TrainConfig config;
  config.init.model =
      (std::filesystem::path(HEARTBEAT_SOURCE_DIR) / "models/heartbeat.onnx").string();
  auto network = TakeInitialModel(config);
  ASSERT_TRUE(network) << network.error().message;
  (*network)->eval();
  const auto session = Exported(*network, config);
  torch::manual_seed(1);
  const auto& shape = session.input().shape;
  const NetworkShape& whole = (*network)->shape;
  ASSERT_TRUE(whole.second) << "the shipped model has two trunks";
  const float limit = static_cast<float>(whole.second->limit);
  for (int i = 0; i < 5; ++i) {
    const auto window = torch::randn({1, 1, shape[1], shape[2]}) * 0.6;
    const auto first = ByAutograd(*network, window.narrow(2, 0, whole.mel_bands));
    const auto second = ByAutograd((*network)->second, (*network)->second_linear,
                                   window.narrow(2, whole.mel_bands, whole.second->bands));
    Explained expected{std::clamp(first.logit, -limit, limit) + second.logit,
                       first.evidence * std::min(1.0F, limit / std::abs(first.logit))};
    expected.evidence.narrow(0, 0, second.evidence.size(0)) += second.evidence;
    const auto got = ByGraph(session, window);
    EXPECT_NEAR(got.logit, expected.logit, 1e-4);
    EXPECT_LT(LargestDifference(got, expected), 1e-4);
  }
  // With all that is computed for the evidence: the budget of the shipped model.
  EXPECT_LE(session.MultiplyAccumulates(), 60'000'000U);
  EXPECT_LE(session.ParameterCount(), 500'000U);
}

}  // namespace
}  // namespace heartbeat::training
