#include "evaluation/calibrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "analysis/model_metadata.h"
#include "base/file.h"
#include "evaluation/golden_scores.h"
#include "evaluation/predictions_csv.h"
#include "nn/session.h"

namespace heartbeat::evaluation {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

const std::filesystem::path kRoot = HEARTBEAT_SOURCE_DIR;

// As testdata/make_calibration.py takes them; five folds in turn.
std::vector<ScoredEntry> GoldenPredictions() {
  std::vector<ScoredEntry> predictions;
  for (const Scored& score : GoldenScores("untied")) {
    const std::size_t i = predictions.size();
    ScoredEntry item;
    item.entry.record = "r" + std::to_string(i);
    item.entry.database = i < 250 ? "a" : i < 370 ? "b" : "c";
    item.entry.split = "train";
    item.entry.label = score.abnormal ? Label::kAbnormal : Label::kNormal;
    item.fold = "fold-" + std::to_string(i % 5 + 1);
    item.probability_abnormal = score.probability_abnormal;
    item.mean_logit = analysis::Logit(score.probability_abnormal);
    item.verdict = item.CalledAbnormal() ? "abnormal" : "normal";
    predictions.push_back(item);
  }
  return predictions;
}

TEST(Calibrate, FitsWhatNumpyFits) {
  std::ifstream file(kRoot / "src/evaluation/testdata/calibration.json");
  const auto golden = nlohmann::json::parse(file);
  const auto fitted = FitCalibration(GoldenPredictions(), {});
  ASSERT_TRUE(fitted) << fitted.error().message;
  // Both are converged; what is left is rounding.
  constexpr double kTolerance = 1e-9;
  EXPECT_NEAR(fitted->slope, golden["slope"], kTolerance);
  EXPECT_NEAR(fitted->intercept, golden["intercept"], kTolerance);
  EXPECT_NEAR(fitted->screening, golden["screening"], kTolerance);
  EXPECT_NEAR(fitted->balanced, golden["balanced"], kTolerance);
  EXPECT_NEAR(fitted->specific, golden["specific"], kTolerance);
  EXPECT_NEAR(fitted->conformal.largest_normal, golden["largest_normal"], kTolerance);
  EXPECT_NEAR(fitted->conformal.largest_abnormal, golden["largest_abnormal"], kTolerance);
  EXPECT_EQ(fitted->prevalence, 0.5);
}

TEST(Calibrate, WeightsClassesAlikeAndLargeDatabasesLess) {
  std::vector<ScoredEntry> predictions;
  const auto add = [&](const char* database, Label label, int count) {
    for (int i = 0; i < count; ++i) {
      ScoredEntry item;
      item.entry.database = database;
      item.entry.label = label;
      predictions.push_back(item);
    }
  };
  add("a", Label::kNormal, 300);
  add("b", Label::kNormal, 25);
  add("a", Label::kAbnormal, 10);
  const auto weights = RecordingWeights(predictions, 50);
  EXPECT_NEAR(std::accumulate(weights.begin(), weights.begin() + 300, 0.0), 0.5 * 50 / 75, 1e-12);
  EXPECT_NEAR(std::accumulate(weights.begin() + 300, weights.begin() + 325, 0.0), 0.5 * 25 / 75,
              1e-12);
  EXPECT_NEAR(weights.back(), 0.05, 1e-12);
  EXPECT_NEAR(RecordingWeights(predictions, 0)[0], 0.5 / 325, 1e-12) << "no cap";
}

// Whatever a model's logits were multiplied by and moved by: the probabilities are the same.
TEST(Calibrate, UndoesScaleAndShift) {
  const auto plain = GoldenPredictions();
  auto moved = plain;
  for (ScoredEntry& item : moved) item.mean_logit = item.mean_logit * 7 - 30;
  const auto first = FitCalibration(plain, {});
  const auto second = FitCalibration(moved, {});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_NEAR(second->slope * 7, first->slope, 1e-9);
  EXPECT_NEAR(second->intercept - 30 * second->slope, first->intercept, 1e-8);
  EXPECT_NEAR(second->balanced, first->balanced, 1e-9);
}

TEST(Calibrate, ClassesFarApartGiveAFiniteSlope) {
  auto predictions = GoldenPredictions();
  for (ScoredEntry& item : predictions) {
    item.mean_logit = item.entry.label == Label::kAbnormal ? 8 : -8;
  }
  const auto fitted = FitCalibration(predictions, {});
  ASSERT_TRUE(fitted) << fitted.error().message;
  EXPECT_LT(fitted->slope, 1) << "as sure as so many recordings allow, and no more";
  EXPECT_LE(fitted->screening, fitted->balanced);
  EXPECT_LE(fitted->balanced, fitted->specific);
}

TEST(Calibrate, RefusesWhatTellsNothing) {
  auto predictions = GoldenPredictions();
  for (ScoredEntry& item : predictions) item.mean_logit = -item.mean_logit;
  EXPECT_THAT(FitCalibration(predictions, {}).error().message, HasSubstr("do not mean abnormal"));
  for (ScoredEntry& item : predictions) item.mean_logit = 0.25;
  EXPECT_FALSE(FitCalibration(predictions, {})) << "all the same";
  for (ScoredEntry& item : predictions) item.entry.label = Label::kNormal;
  EXPECT_THAT(FitCalibration(predictions, {}).error().message, HasSubstr("normal and abnormal"));
}

TEST(Calibrate, MeasuresOnFoldsThatItWasNotFittedOn) {
  const auto predictions = GoldenPredictions();
  const auto report = Calibrate(predictions, {});
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->held_out.size(), predictions.size());
  std::vector<ScoredEntry> others;
  for (const ScoredEntry& item : predictions) {
    if (item.fold != "fold-2") others.push_back(item);
  }
  const auto without = FitCalibration(others, {});
  ASSERT_TRUE(without) << without.error().message;
  const ScoredEntry& held_out = report->held_out[1];
  ASSERT_EQ(held_out.fold, "fold-2");
  EXPECT_EQ(held_out.probability_abnormal,
            analysis::Sigmoid(without->CalibratedLogit(predictions[1].mean_logit)));
  EXPECT_EQ(held_out.threshold, without->balanced);
  EXPECT_NE(held_out.threshold, report->calibration.balanced);
  double covered = 0;
  for (const ScoredEntry& item : report->held_out) {
    const bool abnormal = item.entry.label == Label::kAbnormal;
    covered += (abnormal ? item.prediction_set->abnormal : item.prediction_set->normal) ? 1 : 0;
    const bool open = !item.prediction_set->IsOnly(item.CalledAbnormal());
    EXPECT_EQ(item.verdict == "uncertain", open);
  }
  // 0.9 by its promise; the standard error of 400 is 0.015.
  EXPECT_NEAR(covered / 400, 0.9, 0.045);
  // The rates of the balanced point, counted anew.
  EXPECT_GE(report->rates[0].sensitivity, report->rates[1].sensitivity);
  EXPECT_GE(report->rates[2].specificity, report->rates[1].specificity);
  const auto weights = RecordingWeights(predictions, 50);
  double sensitivity = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const ScoredEntry& item = report->held_out[i];
    if (item.entry.label == Label::kAbnormal && item.CalledAbnormal()) sensitivity += weights[i];
  }
  EXPECT_NEAR(report->rates[1].sensitivity, 2 * sensitivity, 1e-9);
}

TEST(Calibrate, PoorQualityStaysPoorQuality) {
  auto predictions = GoldenPredictions();
  predictions[7].verdict = "poor_quality";
  EXPECT_EQ(Calibrate(predictions, {})->held_out[7].verdict, "poor_quality");
}

class ReadOutOfFoldTest : public testing::Test {
 protected:
  // The error after `change`.
  std::string Refusal(const std::function<void(std::vector<ScoredEntry>&)>& change) {
    auto predictions = GoldenPredictions();
    change(predictions);
    const auto read = ReadOutOfFold(ToCsv(predictions));
    if (read) return "";
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
    return read.error().message;
  }
};

TEST_F(ReadOutOfFoldTest, TakesWhatACrossValidationWrote) {
  EXPECT_EQ(Refusal([](auto&) {}), "");
  const auto csv = base::ReadTextFile(kRoot / "models/evaluation/cross-validation.csv");
  ASSERT_TRUE(csv) << csv.error().message;
  const auto read = ReadOutOfFold(*csv);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_GT(read->size(), 2000U);
}

TEST_F(ReadOutOfFoldTest, LeavesOutWhatHasNoLabelOrWasNotHeard) {
  auto predictions = GoldenPredictions();
  predictions[0].entry.label.reset();
  predictions[1].error = "too short";
  EXPECT_EQ(ReadOutOfFold(ToCsv(predictions))->size(), 398U);
}

TEST_F(ReadOutOfFoldTest, RefusesWhatMustNotBeFittedOn) {
  EXPECT_THAT(Refusal([](auto& all) { all[3].entry.split = "validation"; }),
              testing::AllOf(HasSubstr("\"r3\""), HasSubstr("split \"validation\"")));
  EXPECT_THAT(Refusal([](auto& all) { all[3].entry.split = "test"; }), HasSubstr("split \"test\""));
  EXPECT_THAT(Refusal([](auto& all) { all[4].fold = ""; }), HasSubstr("\"r4\" has no fold"));
  EXPECT_THAT(Refusal([](auto& all) { all[5].probability_abnormal = 0.5; }),
              HasSubstr("not the sigmoid of its logit"));
  EXPECT_THAT(Refusal([](auto& all) { all.push_back(all[6]); }), HasSubstr("\"r6\" comes twice"));
  EXPECT_THAT(Refusal([](auto& all) {
                for (auto& item : all) item.fold = "fold-1";
              }),
              HasSubstr("one fold"));
  EXPECT_THAT(Refusal([](auto& all) { all.resize(100); }), HasSubstr("needs 50 of each"));
}

TEST(WithCalibration, WritesAModelThatReadsItBack) {
  const auto onnx = base::ReadFile(kRoot / "models/heartbeat.onnx");
  ASSERT_TRUE(onnx) << onnx.error().message;
  const auto fitted = FitCalibration(GoldenPredictions(), {.error_level = 0.2, .prevalence = 0.3});
  ASSERT_TRUE(fitted) << fitted.error().message;
  const auto bytes = WithCalibration(*onnx, *fitted);
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto metadata = analysis::ModelMetadata::Parse(nn::Session::Load(*bytes)->metadata());
  ASSERT_TRUE(metadata) << metadata.error().message;
  ASSERT_TRUE(metadata->calibration);
  EXPECT_EQ(metadata->calibration->slope, fitted->slope);
  EXPECT_EQ(metadata->calibration->conformal.error_level, 0.2);
  EXPECT_EQ(metadata->calibration->prevalence, 0.3);
  EXPECT_EQ(metadata->threshold, fitted->balanced);
  // Once more, with another, leaves nothing of the first.
  auto other = *fitted;
  other.slope *= 2;
  const auto again = WithCalibration(*bytes, other);
  ASSERT_TRUE(again) << again.error().message;
  const auto direct = WithCalibration(*onnx, other);
  EXPECT_EQ(nn::Session::Load(*again)->metadata(), nn::Session::Load(*direct)->metadata());
}

TEST(WithCalibration, RefusesWhatCannotBe) {
  const auto onnx = base::ReadFile(kRoot / "models/heartbeat.onnx");
  ASSERT_TRUE(onnx) << onnx.error().message;
  analysis::Calibration calibration;
  calibration.slope = -1;
  EXPECT_EQ(WithCalibration(*onnx, calibration).error().code, ErrorCode::kInvalidModel);
  const std::vector<std::byte> nothing(10);
  EXPECT_FALSE(WithCalibration(nothing, {}));
}

}  // namespace
}  // namespace heartbeat::evaluation
