#include "analysis/prediction.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"

namespace heartbeat::analysis {
namespace {

using nlohmann::json;

Prediction Made() {
  Prediction prediction;
  prediction.id = "id";
  prediction.file_name = "a0001.wav";
  prediction.analysis.verdict = Verdict::kAbnormal;
  prediction.analysis.probability_abnormal = 0.93124;
  prediction.analysis.windows = {{0, 5, 0.91}};
  prediction.source = {"WAV", 2000, 1, false};
  prediction.duration_s = 20.8;
  prediction.sha256 = "f00";
  prediction.model = {"heartbeat", "1", "ba5"};
  return prediction;
}

TEST(PredictionJson, HasEveryFieldOfTheContract) {
  const json made = ToJson(Made());
  for (const char* field :
       {"id", "file_name", "timestamp", "predicted_class", "confidence", "probability_abnormal",
        "probability_normal", "threshold_used", "verdict", "windows", "recording",
        "clinical_guidance", "risk_assessment", "model", "processing_time", "disclaimer"}) {
    EXPECT_TRUE(made.contains(field)) << field;
  }
  EXPECT_EQ(made["predicted_class"], "abnormal");
  EXPECT_EQ(made["confidence"], made["probability_abnormal"]);
  EXPECT_EQ(made["risk_assessment"]["risk_score"], made["probability_abnormal"]);
  EXPECT_EQ(made["recording"]["format"], "WAV");
  EXPECT_EQ(made["recording"]["truncated"], false);
  EXPECT_EQ(made["windows"][0]["end_s"], 5.0);
  EXPECT_FALSE(made.contains("quality")) << "there is no quality gate yet, so nothing is claimed";
}

TEST(PredictionJson, ConfidenceIsThatOfTheClass) {
  Prediction prediction = Made();
  prediction.analysis.verdict = Verdict::kNormal;
  prediction.analysis.probability_abnormal = 0.2;
  const json made = ToJson(prediction);
  EXPECT_EQ(made["predicted_class"], "normal");
  EXPECT_EQ(made["confidence"], 0.8);
}

TEST(Predict, SameBytesGiveTheSameNumbers) {
  const std::filesystem::path root = HEARTBEAT_SOURCE_DIR;
  const auto analyzer = Analyzer::LoadFile(root / "models/heartbeat.onnx");
  ASSERT_TRUE(analyzer) << analyzer.error().message;
  const auto bytes = base::ReadFile(root / "tests/data/a0001.flac");
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto first = Predict(*analyzer, *bytes, "x");
  const auto second = Predict(*analyzer, *bytes, "y");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->analysis.probability_abnormal, second->analysis.probability_abnormal);
  EXPECT_EQ(first->sha256, second->sha256);
  EXPECT_NE(first->id, second->id);
  EXPECT_EQ(first->source.format, "FLAC");
  EXPECT_EQ(first->analysis.windows.size(), 4U);
}

TEST(Predict, RefusesWhatIsNoSound) {
  const auto analyzer =
      Analyzer::LoadFile(std::filesystem::path(HEARTBEAT_SOURCE_DIR) / "models/heartbeat.onnx");
  ASSERT_TRUE(analyzer) << analyzer.error().message;
  const std::string text = "this is no recording at all, only words";
  const auto result = Predict(*analyzer, std::as_bytes(std::span(text)), "words.wav");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::ErrorCode::kUnsupportedFormat);
}

}  // namespace
}  // namespace heartbeat::analysis
