#include "evaluation/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace heartbeat::evaluation {
namespace {

using testing::HasSubstr;

ScoredEntry Made(const char* database, Label label, double probability, const char* error = "") {
  ScoredEntry scored;
  scored.entry.record = "r1";
  scored.entry.database = database;
  scored.entry.label = label;
  scored.probability_abnormal = probability;
  scored.verdict = scored.CalledAbnormal() ? "abnormal" : "normal";
  scored.error = error;
  return scored;
}

EvaluationResults MadeResults() {
  EvaluationResults results;
  results.protocol = "scoring";
  results.predictions = {Made("b", Label::kAbnormal, 0.9), Made("b", Label::kNormal, 0.6),
                         Made("a", Label::kAbnormal, 0.4), Made("a", Label::kNormal, 0.1),
                         Made("a", Label::kNormal, 0, "too short")};
  auto measured = MeasureAll(results.predictions, results.options);
  results.groups = std::move(measured.groups);
  results.mean = std::move(measured.mean);
  return results;
}

TEST(Results, JsonHasEveryMeasureOfEachGroup) {
  const auto json = ToJson(MadeResults());
  EXPECT_EQ(json["schema_version"], 1);
  ASSERT_EQ(json["groups"].size(), 3U);
  const auto& all = json["groups"][0];
  EXPECT_EQ(all["database"], "all");
  EXPECT_EQ(json["groups"][1]["database"], "a");
  EXPECT_EQ(all["refused"], 1);
  EXPECT_EQ(all["auroc"]["value"], 0.75);
  EXPECT_EQ(all["confusion_matrix"]["false_negative"], 1);
  std::size_t estimates = 0;
  const auto count = [&](const nlohmann::json& object) {
    for (const auto& value : object) {
      estimates += value.is_object() && value.contains("value") && value.contains("low") ? 1 : 0;
    }
  };
  count(all);
  count(all["at_prevalence"]);
  count(all["verdicts"]);
  count(all["prediction_sets"]);
  EXPECT_EQ(estimates, kMeasureCount + 2) << "and the calibration errors by chance";
  EXPECT_TRUE(all["prediction_sets"]["coverage"]["value"].is_null());
  EXPECT_FALSE(all["roc"].empty());
  EXPECT_FALSE(all["reliability"].empty());
  EXPECT_TRUE(json["prediction_sets"].is_null());
  EXPECT_TRUE(json["model"].is_null());
  EXPECT_EQ(json["mean_over_databases"]["left_out"].size(), 2U);
}

TEST(Results, JsonNamesTheModelTheFoldsAndWhatWasReduced) {
  EvaluationResults results = MadeResults();
  results.model = {"heartbeat", "0.1.0", "ab12"};
  results.threshold = 0.4;
  results.reductions = {"6 epochs, not 20"};
  results.conformal_source = "the other folds";
  results.folds.emplace_back();
  results.folds[0].name = "fold-1";
  results.folds[0].best_epoch = 3;
  const auto json = ToJson(results);
  EXPECT_EQ(json["model"]["sha256"], "ab12");
  EXPECT_EQ(json["threshold"], 0.4);
  EXPECT_EQ(json["reductions"][0], "6 epochs, not 20");
  EXPECT_EQ(json["prediction_sets"]["fitted_on"], "the other folds");
  EXPECT_EQ(json["folds"][0]["name"], "fold-1");
  EXPECT_EQ(json["folds"][0]["best_epoch"], 3);
}

TEST(Results, TablesSayTheSame) {
  const EvaluationResults results = MadeResults();
  const std::string table = ToTable(results.groups);
  EXPECT_THAT(table, HasSubstr("0.750"));
  EXPECT_THAT(table, HasSubstr("database        normal abnormal refused  AUROC"));
  EXPECT_THAT(ToTable(results.groups, &results.mean), testing::Not(HasSubstr("mean of")));
  DatabaseMean mean = results.mean;
  mean.databases = {"a", "b"};
  mean.estimates[static_cast<std::size_t>(Measure::kMacc)] = {0.612, 0.5, 0.7};
  EXPECT_THAT(ToTable(results.groups, &mean), HasSubstr("mean of 2 databases"));
  EXPECT_THAT(ToTable(results.groups, &mean), HasSubstr("0.612 [0.500, 0.700]"));
  EXPECT_THAT(ToCalibrationTable(results.groups, 0.5), HasSubstr("at a prevalence of 0.5"));
}

}  // namespace
}  // namespace heartbeat::evaluation
