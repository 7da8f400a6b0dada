#include "evaluation/model_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "analysis/test_model.h"
#include "base/file.h"
#include "evaluation/calibrate.h"

namespace heartbeat::evaluation {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ModelRunTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto onnx = base::ReadFile(fs::path(HEARTBEAT_SOURCE_DIR) / "models/heartbeat.onnx");
    ASSERT_TRUE(onnx) << onnx.error().message;
    options_.model = file_.string() + ".onnx";
    ASSERT_TRUE(base::WriteFileAtomically(options_.model, analysis::WithoutCalibration(*onnx)));
    options_.data = {std::string(HEARTBEAT_SOURCE_DIR) + "/tests/data"};
    options_.split = "validation";
    options_.measures.resamples = 100;
  }
  void TearDown() override {
    fs::remove(file_);
    fs::remove(options_.model);
  }

  void Calibration(std::string_view csv) {
    std::ofstream(file_) << csv;
    options_.calibration = file_;
  }
  [[nodiscard]] base::Result<EvaluationResults> Run() const {
    return RunModel(options_, false, {});
  }

  fs::path file_ =
      fs::temp_directory_path() / ("heartbeat-calibration-" + std::to_string(::getpid()) + ".csv");
  ModelRunOptions options_;
};

TEST_F(ModelRunTest, ScoresTheSplit) {
  const auto results = Run();
  ASSERT_TRUE(results) << results.error().message;
  EXPECT_EQ(results->predictions.size(), 4U);
  EXPECT_EQ(results->groups[0].normal, 2U);
  EXPECT_EQ(results->protocol, "scoring");
  EXPECT_EQ(results->model->sha256.size(), 64U);
  EXPECT_EQ(results->conformal_source, "");
  EXPECT_FALSE(results->predictions[0].prediction_set);
  options_.split = "tset";
  EXPECT_THAT(Run().error().message, HasSubstr("train, validation"));
}

TEST_F(ModelRunTest, ACalibratedModelBringsItsSets) {
  analysis::Calibration calibration;
  calibration.slope = 0.5;
  calibration.screening = 0.01;
  calibration.conformal = {0.25, 0.7, 0.7};
  const auto onnx = base::ReadFile(options_.model);
  ASSERT_TRUE(base::WriteFileAtomically(options_.model, *WithCalibration(*onnx, calibration)));
  const auto half = Run();
  ASSERT_TRUE(half) << half.error().message;
  EXPECT_THAT(half->conformal_source, HasSubstr("own metadata"));
  EXPECT_EQ(half->conformal_error_level, 0.25);
  for (const ScoredEntry& scored : half->predictions) {
    const double p = scored.probability_abnormal;
    EXPECT_NEAR(p, analysis::Sigmoid(scored.mean_logit / 2), 1e-12);
    ASSERT_TRUE(scored.prediction_set);
    EXPECT_EQ(scored.prediction_set->normal, p <= 0.7);
    EXPECT_EQ(scored.prediction_set->abnormal, 1 - p <= 0.7);
  }

  options_.measures.prevalence = 0.1;
  options_.operating_point = analysis::OperatingPoint::kScreening;
  const auto rare = Run();
  ASSERT_TRUE(rare) << rare.error().message;
  EXPECT_LT(rare->threshold, 0.01) << "moved by the prevalence";
  for (std::size_t i = 0; i < rare->predictions.size(); ++i) {
    EXPECT_NEAR(rare->predictions[i].probability_abnormal,
                analysis::Sigmoid(rare->predictions[i].mean_logit / 2 - std::log(9)), 1e-12);
    EXPECT_EQ(rare->predictions[i].prediction_set->normal,
              half->predictions[i].prediction_set->normal);
  }

  Calibration("record,database,label,probability_abnormal\nx,other,normal,0.2\n");
  EXPECT_THAT(Run().error().message, HasSubstr("sets of its own"));
}

TEST_F(ModelRunTest, SetsComeFromOtherRecordingsAlone) {
  std::string csv = "record,database,label,probability_abnormal\n";
  for (int i = 0; i < 20; ++i) csv += "x" + std::to_string(i) + ",other,normal,0.2\n";
  Calibration(csv);
  const auto results = Run();
  ASSERT_TRUE(results) << results.error().message;
  EXPECT_NE(results->conformal_source, "");
  for (const ScoredEntry& scored : results->predictions) {
    EXPECT_EQ(scored.prediction_set->normal, scored.probability_abnormal <= 0.2);
    EXPECT_TRUE(scored.prediction_set->abnormal) << "no abnormal one to fit on";
  }
  Calibration(csv + "a0001,training-a,abnormal,0.9\n");
  EXPECT_THAT(Run().error().message, HasSubstr("\"a0001\""));
  Calibration(csv + "y,other,normal,2\n");
  EXPECT_THAT(Run().error().message, HasSubstr("line 22"));
  Calibration("record,database,label,probability_abnormal\n");
  EXPECT_THAT(Run().error().message, HasSubstr("no prediction"));
}

TEST_F(ModelRunTest, RecordingsWithoutALabelAreRefusedOrLeftOut) {
  options_.data = {std::string(HEARTBEAT_SOURCE_DIR) + "/tests/data/circor"};
  options_.split = "";
  const auto none = Run();
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("none of these recordings has a label"));
  options_.data.push_back(std::string(HEARTBEAT_SOURCE_DIR) + "/tests/data");
  std::string warning;
  const auto some =
      RunModel(options_, false, {{}, [&](const std::string& text) { warning = text; }});
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_THAT(warning, HasSubstr("4 recordings have no label"));
  EXPECT_EQ(some->groups[0].unlabelled, 4U);
  EXPECT_EQ(some->predictions.size(), 12U);
}

}  // namespace
}  // namespace heartbeat::evaluation
