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
  prediction.analysis.quality.score = 0.87123;
  prediction.analysis.heart_rate_bpm = 71.64;
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
        "probability_normal", "threshold_used", "verdict", "quality", "heart_rate_bpm", "windows",
        "recording", "clinical_guidance", "risk_assessment", "model", "processing_time",
        "disclaimer"}) {
    EXPECT_TRUE(made.contains(field)) << field;
  }
  EXPECT_EQ(made["predicted_class"], "abnormal");
  EXPECT_EQ(made["confidence"], made["probability_abnormal"]);
  EXPECT_EQ(made["risk_assessment"]["risk_score"], made["probability_abnormal"]);
  EXPECT_EQ(made["recording"]["format"], "WAV");
  EXPECT_EQ(made["recording"]["truncated"], false);
  EXPECT_EQ(made["windows"][0]["end_s"], 5.0);
  EXPECT_EQ(made["quality"], (json{{"ok", true}, {"score", 0.8712}, {"reasons", json::array()}}));
  EXPECT_EQ(made["heart_rate_bpm"], 71.6);
}

TEST(PredictionJson, OfPoorQualityKeepsClassAndProbability) {
  Prediction prediction = Made();
  prediction.analysis.verdict = Verdict::kPoorQuality;
  prediction.analysis.quality = {false, 0.1, {"too quiet: raise the gain"}};
  prediction.analysis.heart_rate_bpm.reset();
  const json made = ToJson(prediction);
  EXPECT_EQ(made["verdict"], "poor_quality");
  EXPECT_EQ(made["predicted_class"], "abnormal");
  EXPECT_EQ(made["confidence"], made["probability_abnormal"]);
  EXPECT_EQ(made["quality"]["ok"], false);
  EXPECT_EQ(made["heart_rate_bpm"], nullptr);
  EXPECT_NE(
      made["clinical_guidance"]["action"].get<std::string>().find("too quiet: raise the gain"),
      std::string::npos);
  EXPECT_EQ(made["risk_assessment"]["risk_level"], "UNKNOWN");
  EXPECT_EQ(made["risk_assessment"]["risk_score"], made["probability_abnormal"]);
}

TEST(PredictionJson, OnlyACalibratedModelHasAPredictionSet) {
  Prediction prediction = Made();
  for (const char* field : {"prediction_set", "operating_point", "prevalence"}) {
    EXPECT_FALSE(ToJson(prediction).contains(field)) << field;
  }
  prediction.analysis.verdict = Verdict::kUncertain;
  prediction.analysis.calibrated = {OperatingPoint::kScreening, 0.2, {true, true}};
  const json made = ToJson(prediction);
  EXPECT_EQ(made["verdict"], "uncertain");
  EXPECT_EQ(made["prediction_set"], (json{"normal", "abnormal"}));
  EXPECT_EQ(made["operating_point"], "screening");
  EXPECT_EQ(made["prevalence"], 0.2);
  prediction.analysis.calibrated->prediction_set = {};
  EXPECT_EQ(ToJson(prediction)["prediction_set"], json::array());
}

TEST(PredictionJson, SaysOfAMurmurOnlyWhatTheModelDoes) {
  Prediction prediction = Made();
  EXPECT_FALSE(ToJson(prediction).contains("murmur"));
  prediction.analysis.murmur = {0.71234567, 0.1, 0.18765433};
  EXPECT_EQ(ToJson(prediction)["murmur"],
            (json{{"present", 0.712346}, {"unknown", 0.1}, {"absent", 0.187654}}));
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

TEST(Predict, SaysWhatWasCutOff) {
  const std::filesystem::path root = HEARTBEAT_SOURCE_DIR;
  const auto analyzer = Analyzer::LoadFile(root / "models/heartbeat.onnx");
  ASSERT_TRUE(analyzer) << analyzer.error().message;
  auto bytes = base::ReadFile(root / "tests/data/formats/a0001.wav");
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_TRUE(Predict(*analyzer, *bytes, "x")->analysis.quality.reasons.empty());
  bytes->resize(bytes->size() * 3 / 4);
  const auto cut = Predict(*analyzer, *bytes, "x");
  ASSERT_TRUE(cut) << cut.error().message;
  EXPECT_TRUE(cut->source.truncated);
  EXPECT_TRUE(cut->analysis.quality.ok);
  ASSERT_EQ(cut->analysis.quality.reasons.size(), 1U);
  EXPECT_TRUE(cut->analysis.quality.reasons[0].starts_with("cut off: "));
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
