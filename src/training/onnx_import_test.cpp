#include "training/onnx_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/utils.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <string>

#include "base/file.h"
#include "nn/onnx_builder.h"
#include "nn/session.h"
#include "training/onnx_export.h"
#include "training/random.h"
#include "training/test_examples.h"

namespace heartbeat::training {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

analysis::ModelMetadata Metadata(const TrainConfig& config) {
  analysis::ModelMetadata metadata;
  metadata.name = "test";
  metadata.version = "1";
  metadata.features = config.features;
  metadata.window_s = config.window.window_s;
  metadata.window_step_s = config.window.step_s;
  metadata.feature_scale = config.window.feature_scale;
  return metadata;
}

// Of random weights, and of running statistics that are not those of a fresh network.
Network RandomNetwork(const TrainConfig& config, bool with_murmur = false) {
  torch::manual_seed(3);
  Network network(config.network, config.features.mel_bands, with_murmur);
  torch::manual_seed(4);
  network->train();
  const torch::NoGradGuard no_grad;
  for (int i = 0; i < 5; ++i) network(torch::randn({4, 1, config.features.mel_bands, 30}) * 3 + 1);
  network->eval();
  return network;
}

float LogitOf(std::span<const std::byte> onnx, std::uint64_t seed) {
  const auto session = nn::Session::Load(onnx);
  EXPECT_TRUE(session);
  std::vector<float> window(session->input().ItemSize());
  Random random(seed, 0, 0);
  for (float& value : window) value = static_cast<float>(random.Normal() * 2);
  float logit = NAN;
  std::vector<std::vector<float>> others;
  std::vector<std::span<float>> outputs;
  for (const auto& output : session->outputs()) {
    const bool is_logit = output.name == "logit";
    outputs.push_back(is_logit ? std::span<float>(&logit, 1)
                               : std::span<float>(others.emplace_back(output.ItemSize())));
  }
  EXPECT_TRUE(session->Run(1, window, outputs));
  return logit;
}

TEST(OnnxImportTest, LoadedAndExportedAgainGivesTheSame) {
  auto config = TinyConfig();
  config.network.channels = {8, 8, 12};
  config.network.strides = {2, 1, 1};  // one block with a residual, one without
  const auto metadata = Metadata(config);
  const auto onnx = ToOnnx(RandomNetwork(config), metadata);
  const auto imported = FromOnnx(onnx, 0.25);
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(imported->network->shape.network.stem_channels, config.network.stem_channels);
  EXPECT_EQ(imported->network->shape.network.channels, config.network.channels);
  EXPECT_EQ(imported->network->shape.network.strides, config.network.strides);
  EXPECT_EQ(imported->network->shape.network.dropout, 0.25);
  EXPECT_EQ(imported->metadata.ToProperties(), metadata.ToProperties());
  // The same weights and metadata give the same bytes, and so the same outputs.
  const auto again = ToOnnx(imported->network, imported->metadata);
  EXPECT_EQ(again, onnx);
  for (std::uint64_t seed = 1; seed < 5; ++seed) {
    // Sums in the same order: no more than rounding, 1e-5 is what was asked for.
    EXPECT_NEAR(LogitOf(again, seed), LogitOf(onnx, seed), 1e-5);
  }
}

// Every output of a model with murmurs, one after the other: logit, murmur, evidence.
std::vector<float> OutputsOf(std::span<const std::byte> onnx) {
  const auto session = nn::Session::Load(onnx);
  EXPECT_TRUE(session);
  std::vector<float> window(session->input().ItemSize(), 0.5F);
  std::vector<std::vector<float>> values;
  std::vector<std::span<float>> outputs;
  for (const nn::TensorInfo& output : session->outputs()) {
    outputs.emplace_back(values.emplace_back(output.ItemSize()));
  }
  EXPECT_TRUE(session->Run(1, window, outputs));
  std::vector<float> all;
  for (const auto& of_output : values) all.insert(all.end(), of_output.begin(), of_output.end());
  return all;
}

class MurmurOutputTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(base::WriteFileAtomically(file_, onnx_)); }
  void TearDown() override { std::filesystem::remove(file_); }

  TrainConfig config_ = TinyConfig();
  std::vector<std::byte> onnx_ = ToOnnx(RandomNetwork(config_, true), Metadata(config_));
  std::filesystem::path file_ = std::filesystem::temp_directory_path() /
                                ("heartbeat-murmur-" + std::to_string(::getpid()) + ".onnx");
};

TEST_F(MurmurOutputTest, IsExportedAndReadBack) {
  const auto session = nn::Session::Load(onnx_);
  ASSERT_TRUE(session);
  ASSERT_EQ(session->outputs().size(), 3U);
  EXPECT_EQ(session->outputs()[1].name, "murmur");
  EXPECT_EQ(session->outputs()[1].shape, std::vector<std::int64_t>{3});
  EXPECT_EQ(session->outputs()[2].name, "evidence");
  const auto imported = FromOnnx(onnx_, 0);
  ASSERT_TRUE(imported) << imported.error().message;
  ASSERT_TRUE(imported->network->murmur);
  EXPECT_EQ(ToOnnx(imported->network, imported->metadata), onnx_);
  // Against libtorch, to the precision that the API promises.
  const torch::NoGradGuard no_grad;
  Network network = imported->network;
  const auto expected = network(torch::full({1, 1, 16, 30}, 0.5)).contiguous();
  const auto got = OutputsOf(onnx_);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(got[i], expected.data_ptr<float>()[i], 1e-4);
}

TEST_F(MurmurOutputTest, IsLeftOutOfARunThatDoesNotLearnIt) {
  config_.init.model = file_.string();
  const auto network = TakeInitialModel(config_);
  ASSERT_TRUE(network) << network.error().message;
  EXPECT_FALSE((*network)->murmur);
  EXPECT_NEAR(LogitOf(ToOnnx(*network, Metadata(config_)), 1),
              LogitOf(ToOnnx(RandomNetwork(config_), Metadata(config_)), 1), 1e-5);
}

TEST_F(MurmurOutputTest, IsTakenOverWhereTheRunLearnsIt) {
  config_.init.model = file_.string();
  config_.murmur.weight = 1;
  auto network = TakeInitialModel(config_);
  ASSERT_TRUE(network) << network.error().message;
  EXPECT_EQ(ToOnnx(*network, Metadata(config_)), onnx_);
  // A model that has none gets one, and keeps the rest.
  const auto plain = ToOnnx(RandomNetwork(config_), Metadata(config_));
  ASSERT_TRUE(base::WriteFileAtomically(file_, plain));
  network = TakeInitialModel(config_);
  ASSERT_TRUE(network) << network.error().message;
  EXPECT_TRUE((*network)->murmur);
  const auto with = OutputsOf(ToOnnx(*network, Metadata(config_)));
  EXPECT_NEAR(with[0], OutputsOf(onnx_)[0], 1e-5) << "the same trunk and first output";
}

TEST(OnnxImportTest, TakesTheShippedModel) {
  const auto path = std::filesystem::path(HEARTBEAT_SOURCE_DIR) / "models/heartbeat.onnx";
  const auto onnx = base::ReadFile(path);
  ASSERT_TRUE(onnx) << onnx.error().message;
  TrainConfig config;
  config.init.model = path.string();
  auto network = TakeInitialModel(config);
  ASSERT_TRUE(network) << network.error().message;
  EXPECT_EQ(config.features.mel_bands, 64);
  EXPECT_EQ(config.network.channels.size(), 7U);
  const auto again = ToOnnx(*network, Metadata(config));
  for (std::uint64_t seed = 1; seed < 5; ++seed) {
    EXPECT_NEAR(LogitOf(again, seed), LogitOf(*onnx, seed), 1e-5);
  }
}

TEST(OnnxImportTest, ReexportKeepsTheWeightsAndAddsEvidence) {
  const auto from = std::filesystem::path(HEARTBEAT_SOURCE_DIR) / "models/heartbeat.onnx";
  const auto to = std::filesystem::temp_directory_path() /
                  ("heartbeat-reexport-" + std::to_string(::getpid()) + ".onnx");
  const auto written = Reexport(from, to);
  ASSERT_TRUE(written) << written.error().message;
  const auto before = base::ReadFile(from);
  const auto after = base::ReadFile(to);
  std::filesystem::remove(to);
  ASSERT_TRUE(after) << after.error().message;
  for (std::uint64_t seed = 1; seed < 5; ++seed) {
    EXPECT_NEAR(LogitOf(*after, seed), LogitOf(*before, seed), 1e-5);
  }
  const auto session = nn::Session::Load(*after);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->outputs().back().name, "evidence");
}

TEST(OnnxImportTest, RefusesAnotherArchitecture) {
  auto config = TinyConfig();
  const auto metadata = Metadata(config);
  nn::OnnxBuilder builder("other");
  builder.AddInput("features", std::vector<std::int64_t>{1, 16, metadata.WindowFrames()});
  builder.AddOutput("logit", std::vector<std::int64_t>{1});
  builder.AddNode("ReduceMean", {"features"}, {"logit"},
                  {{"axes", std::vector<std::int64_t>{2, 3}}, {"keepdims", std::int64_t{0}}});
  for (const auto& [key, value] : metadata.ToProperties()) builder.SetMetadata(key, value);
  const auto other = FromOnnx(builder.Serialize(), 0);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kInvalidModel);
  EXPECT_THAT(other.error().message, HasSubstr("cannot be trained further"));
}

TEST(OnnxImportTest, RefusesTheSameWeightsWiredInAnotherWay) {
  const auto config = TinyConfig();
  auto network = RandomNetwork(config);
  // Not the epsilon that our networks have: names and shapes are the same, the numbers are not.
  network->trunk->stem->norm->options.eps(0.5);
  const auto imported = FromOnnx(ToOnnx(network, Metadata(config)), 0);
  ASSERT_FALSE(imported);
  EXPECT_THAT(imported.error().message, HasSubstr("wired"));
}

TEST(OnnxImportTest, RefusesAFileThatIsNotThere) {
  TrainConfig config;
  config.init.model = "/nowhere/model.onnx";
  const auto network = TakeInitialModel(config);
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace heartbeat::training
