#include "server/model_predictor.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "analysis/test_model.h"
#include "base/file.h"
#include "evaluation/calibrate.h"
#include "server/test_folder.h"

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

class AskedModelTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto onnx = base::ReadFile(HEARTBEAT_SOURCE_DIR "/models/heartbeat.onnx");
    ASSERT_TRUE(onnx) << onnx.error().message;
    Write("plain.onnx", analysis::WithoutCalibration(*onnx));
    analysis::Calibration calibration;
    calibration.screening = 0.2;
    calibration.specific = 0.8;
    Write("calibrated.onnx", *evaluation::WithCalibration(*onnx, calibration));
  }
  void Write(const char* name, const std::vector<std::byte>& bytes) {
    ASSERT_TRUE(base::WriteFileAtomically(folder_.path() / name, bytes));
  }

  TestFolder folder_;
  const analysis::AnalyzerOptions screening_ = {
      .operating_point = analysis::OperatingPoint::kScreening, .prevalence = 0.1};
};

TEST_F(AskedModelTest, TheCardSaysHowItIsAsked) {
  const auto path = folder_.path() / "calibrated.onnx";
  const auto own = ToJson(*ModelPredictor(path, kMaxFileBytes).Card());
  EXPECT_EQ(own["calibration"]["operating_point"], "balanced");
  EXPECT_EQ(own["calibration"]["prevalence"], 0.5);
  EXPECT_EQ(own["threshold"], 0.5);
  const auto asked = ToJson(*ModelPredictor(path, kMaxFileBytes, screening_).Card());
  EXPECT_EQ(asked["calibration"]["operating_point"], "screening");
  EXPECT_EQ(asked["calibration"]["prevalence"], 0.1);
  EXPECT_EQ(asked["calibration"]["operating_points"]["specific"], 0.8) << "at one half";
  EXPECT_NEAR(asked["threshold"].get<double>(), 0.25 / 9 / (1 + 0.25 / 9), 1e-12);
}

TEST_F(AskedModelTest, OneThatIsNotCalibratedIsNotAskedQuietlyInAnotherWay) {
  const auto path = folder_.path() / "plain.onnx";
  const ModelPredictor plain(path, kMaxFileBytes);
  ASSERT_TRUE(plain.IsLoaded());
  EXPECT_EQ(ToJson(*plain.Card())["calibration"], nullptr);
  EXPECT_FALSE(ModelPredictor(path, kMaxFileBytes, screening_).IsLoaded());
  const auto refused = ModelPredictor::Load(path, kMaxFileBytes, screening_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("not calibrated"), std::string::npos);
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
