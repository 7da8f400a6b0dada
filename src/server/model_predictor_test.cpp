#include "server/model_predictor.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace heartbeat::server {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;

void ExpectNoModel(const std::filesystem::path& path) {
  const ModelPredictor predictor(path, kMaxFileBytes);
  EXPECT_FALSE(predictor.IsLoaded());
  EXPECT_EQ(predictor.ModelLabel(), "");
  const auto predicted = predictor.Predict({}, "a.wav");
  ASSERT_FALSE(predicted);
  EXPECT_EQ(predicted.error().code, base::ErrorCode::kNoModel);
}

TEST(ModelPredictor, LivesWithoutAModel) {
  ExpectNoModel("");
  ExpectNoModel("/nowhere/model.onnx");
  ExpectNoModel(std::filesystem::temp_directory_path());
}

TEST(ModelPredictor, NamesItsModel) {
  const ModelPredictor predictor(HEARTBEAT_SOURCE_DIR "/models/heartbeat.onnx", kMaxFileBytes);
  ASSERT_TRUE(predictor.IsLoaded());
  EXPECT_TRUE(predictor.ModelLabel().starts_with("heartbeat ")) << predictor.ModelLabel();
}

TEST(ModelPredictor, LivesWithABrokenModel) {
  std::string name = (std::filesystem::temp_directory_path() / "model-XXXXXX").string();
  const int descriptor = ::mkstemp(name.data());
  ASSERT_GE(descriptor, 0);
  ::close(descriptor);
  ExpectNoModel(name);
  std::ofstream(name, std::ios::binary) << "\x08\x07 this is no ONNX model";
  ExpectNoModel(name);
  std::filesystem::remove(name);
}

}  // namespace
}  // namespace heartbeat::server
