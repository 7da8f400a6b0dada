#include "evaluation/results.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;

struct Column {
  Measure measure;
  const char* section;  // of the JSON object; empty: beside the counts
  const char* name;
};

constexpr std::array<Column, kMeasureCount> kColumns = {{
    {Measure::kAuroc, "", "auroc"},
    {Measure::kAuprc, "", "auprc"},
    {Measure::kMacc, "", "macc"},
    {Measure::kSensitivity, "", "sensitivity"},
    {Measure::kSpecificity, "", "specificity"},
    {Measure::kAccuracy, "", "accuracy"},
    {Measure::kPrecision, "", "precision"},
    {Measure::kRecall, "", "recall"},
    {Measure::kF1, "", "f1"},
    {Measure::kBrier, "", "brier"},
    {Measure::kCalibrationError, "", "calibration_error"},
    {Measure::kRiskCoverageArea, "", "risk_coverage_area"},
    {Measure::kAccuracyAtPrevalence, "at_prevalence", "accuracy"},
    {Measure::kPrecisionAtPrevalence, "at_prevalence", "precision"},
    {Measure::kF1AtPrevalence, "at_prevalence", "f1"},
    {Measure::kAuprcAtPrevalence, "at_prevalence", "auprc"},
    {Measure::kBrierAtPrevalence, "at_prevalence", "brier"},
    {Measure::kCalibrationErrorAtPrevalence, "at_prevalence", "calibration_error"},
    {Measure::kAnsweredShare, "verdicts", "answered_share"},
    {Measure::kAnsweredMacc, "verdicts", "answered_macc"},
    {Measure::kUncertainShare, "verdicts", "uncertain_share"},
    {Measure::kUncertainError, "verdicts", "uncertain_error"},
    {Measure::kPoorQualityShare, "verdicts", "poor_quality_share"},
    {Measure::kPoorQualityError, "verdicts", "poor_quality_error"},
    {Measure::kCoverage, "prediction_sets", "coverage"},
    {Measure::kCoverageNormal, "prediction_sets", "coverage_normal"},
    {Measure::kCoverageAbnormal, "prediction_sets", "coverage_abnormal"},
    {Measure::kMeanSetSize, "prediction_sets", "mean_size"},
    {Measure::kEmptySetShare, "prediction_sets", "empty_share"},
    {Measure::kSingleSetShare, "prediction_sets", "single_share"},
}};

// JSON has no NaN: what is not defined is null.
json Number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json ToJson(const Estimate& estimate) {
  return {{"value", Number(estimate.value)},
          {"low", Number(estimate.low)},
          {"high", Number(estimate.high)}};
}

void AddEstimates(const MeasureEstimates& estimates, json& into) {
  for (const Column& column : kColumns) {
    json& section = *column.section == '\0' ? into : into[column.section];
    section[column.name] = ToJson(estimates[static_cast<std::size_t>(column.measure)]);
  }
}

json ToJson(std::span<const CurvePoint> curve) {
  json points = json::array();
  for (const CurvePoint& point : curve) points.push_back({point.x, point.y});
  return points;
}

void AddReliability(const Reliability& reliability, json& into) {
  into["calibration_error_by_chance"] = ToJson(reliability.by_chance);
  into["reliability"] = json::array();
  for (const ReliabilityBin& bin : reliability.bins) {
    into["reliability"].push_back({{"lowest", bin.lowest},
                                   {"highest", bin.highest},
                                   {"share", bin.mass},
                                   {"mean_probability", bin.mean_probability},
                                   {"abnormal_share", bin.abnormal_share}});
  }
}

json ToJson(const GroupMeasures& group) {
  json object = {{"database", group.database},
                 {"normal", group.normal},
                 {"abnormal", group.abnormal},
                 {"refused", group.refused},
                 {"unlabelled", group.unlabelled},
                 {"patients", group.patients},
                 {"confusion_matrix",
                  {{"true_positive", group.confusion.true_positive},
                   {"false_positive", group.confusion.false_positive},
                   {"true_negative", group.confusion.true_negative},
                   {"false_negative", group.confusion.false_negative}}},
                 {"roc", ToJson(group.roc)},
                 {"precision_recall", ToJson(group.precision_recall)},
                 {"risk_coverage", ToJson(group.risk_coverage)}};
  AddEstimates(group.estimates, object);
  AddReliability(group.reliability, object);
  AddReliability(group.reliability_at_prevalence, object["at_prevalence"]);
  return object;
}

json ToJson(const DatabaseMean& mean) {
  json object = {{"databases", mean.databases},
                 {"left_out", mean.left_out},
                 {"min_recordings_of_each_class", DatabaseMean::kMinOfClass}};
  AddEstimates(mean.estimates, object);
  return object;
}

json ToJson(const FoldResults& fold) {
  return {{"name", fold.name},
          {"training_recordings", fold.training_recordings},
          {"holdout_recordings", fold.holdout_recordings},
          {"test_recordings", fold.test_recordings},
          {"test_recordings_in_training", fold.test_recordings_in_training},
          {"model_sha256", fold.model_sha256},
          {"threshold", fold.threshold},
          {"best_epoch", fold.best_epoch},
          {"training_s", fold.training_s}};
}

std::string ToCell(const Estimate& estimate) {
  if (!std::isfinite(estimate.value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.3f [%.3f, %.3f]", estimate.value, estimate.low,
                estimate.high);
  return text;
}

template <typename Row>
void AppendCells(const Row& row, std::span<const Measure> measures, std::string& line) {
  for (const Measure measure : measures) {
    char cell[64];
    std::snprintf(cell, sizeof cell, "  %-20s", ToCell(row[measure]).c_str());
    line += cell;
  }
  line += '\n';
}

}  // namespace

json ToJson(std::span<const GroupMeasures> groups) {
  json list = json::array();
  for (const GroupMeasures& group : groups) list.push_back(ToJson(group));
  return list;
}

json ToJson(const EvaluationResults& results) {
  json object = {{"schema_version", EvaluationResults::kSchemaVersion},
                 {"program_version", results.program_version},
                 {"protocol", results.protocol},
                 {"model", nullptr},
                 {"threshold", nullptr},
                 {"data", results.data},
                 {"split", results.split.empty() ? json(nullptr) : json(results.split)},
                 {"reductions", results.reductions},
                 {"prevalence", results.options.prevalence},
                 {"resamples", results.options.resamples},
                 {"prediction_sets", nullptr},
                 {"folds", json::array()},
                 {"groups", ToJson(std::span(results.groups))},
                 {"mean_over_databases", ToJson(results.mean)}};
  if (results.model) {
    object["model"] = {{"name", results.model->name},
                       {"version", results.model->version},
                       {"sha256", results.model->sha256}};
    object["threshold"] = results.threshold;
  }
  if (!results.conformal_source.empty()) {
    object["prediction_sets"] = {{"error_level", results.conformal_error_level},
                                 {"fitted_on", results.conformal_source}};
  }
  for (const FoldResults& fold : results.folds) object["folds"].push_back(ToJson(fold));
  return object;
}

std::string ToTable(std::span<const GroupMeasures> groups, const DatabaseMean* mean) {
  constexpr std::array kShown = {Measure::kAuroc, Measure::kMacc, Measure::kSensitivity,
                                 Measure::kSpecificity};
  char line[256];
  std::snprintf(line, sizeof line, "%-14s %7s %8s %7s  %-20s  %-20s  %-20s  %-20s\n", "database",
                "normal", "abnormal", "refused", "AUROC", "MAcc", "sensitivity", "specificity");
  std::string table = line;
  for (const GroupMeasures& group : groups) {
    std::snprintf(line, sizeof line, "%-14.40s %7zu %8zu %7zu", group.database.c_str(),
                  group.normal, group.abnormal, group.refused);
    table += line;
    AppendCells(group, kShown, table);
  }
  if (mean != nullptr && !mean->databases.empty()) {
    std::snprintf(line, sizeof line, "%-38s ",
                  ("mean of " + std::to_string(mean->databases.size()) + " databases").c_str());
    table += line;
    AppendCells(*mean, kShown, table);
  }
  return table;
}

std::string ToCalibrationTable(std::span<const GroupMeasures> groups, double prevalence) {
  char line[256];
  std::snprintf(line, sizeof line, "at a prevalence of %.3g:\n%-14s  %-20s  %-20s  %-16s",
                prevalence, "database", "Brier score", "calibration error", "  by chance");
  std::string table = line;
  std::snprintf(line, sizeof line, "  %-20s  %-20s  %-20s\n", "AUPRC", "set coverage",
                "mean set size");
  table += line;
  for (const GroupMeasures& group : groups) {
    const Estimate& chance = group.reliability_at_prevalence.by_chance;
    char range[32] = "-";
    if (std::isfinite(chance.low)) {
      std::snprintf(range, sizeof range, "%.3f to %.3f", chance.low, chance.high);
    }
    std::snprintf(line, sizeof line, "%-14.40s  %-20s  %-20s  %-16s", group.database.c_str(),
                  ToCell(group[Measure::kBrierAtPrevalence]).c_str(),
                  ToCell(group[Measure::kCalibrationErrorAtPrevalence]).c_str(), range);
    table += line;
    constexpr std::array kShown = {Measure::kAuprcAtPrevalence, Measure::kCoverage,
                                   Measure::kMeanSetSize};
    AppendCells(group, kShown, table);
  }
  return table;
}

std::string ToVerdictTable(std::span<const GroupMeasures> groups) {
  constexpr std::array kShown = {Measure::kAnsweredMacc, Measure::kUncertainShare,
                                 Measure::kUncertainError, Measure::kCoverageNormal,
                                 Measure::kCoverageAbnormal};
  char line[256];
  std::snprintf(line, sizeof line, "%-14s  %-20s  %-20s  %-20s  %-20s  %-20s\n", "database",
                "MAcc of answered", "uncertain", "their error", "coverage, normal",
                "coverage, abnormal");
  std::string table = line;
  for (const GroupMeasures& group : groups) {
    std::snprintf(line, sizeof line, "%-14.40s", group.database.c_str());
    table += line;
    AppendCells(group, kShown, table);
  }
  return table;
}

}  // namespace heartbeat::evaluation
