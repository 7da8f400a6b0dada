#include "analysis/prediction.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "analysis/guidance.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/id.h"

namespace heartbeat::analysis {
namespace {

// Probabilities are exact to 1e-4 across machines: further digits would only suggest otherwise.
double RoundTo(double value, double steps_per_unit) {
  return std::round(value * steps_per_unit) / steps_per_unit;
}
double Probability(double value) { return RoundTo(value, 1e6); }
double Seconds(double value) { return RoundTo(value, 1e4); }

}  // namespace

base::Result<Prediction> Predict(const Analyzer& analyzer, std::span<const std::byte> bytes,
                                 std::string_view file_name, const audio::DecodeLimits& limits) {
  const base::Stopwatch stopwatch;
  auto decoded = audio::Decode(bytes, limits, analyzer.metadata().features.sample_rate_hz);
  if (!decoded) return base::Fail(decoded);
  auto analysis = analyzer.Analyze(std::move(decoded->recording));
  if (!analysis) return base::Fail(analysis);

  Prediction prediction;
  prediction.id = base::NewId();
  prediction.file_name = file_name;
  prediction.timestamp = std::chrono::system_clock::now();
  prediction.analysis = std::move(*analysis);
  prediction.source = decoded->source;
  if (prediction.source.truncated) {
    prediction.analysis.quality.reasons.emplace_back(
        "cut off: only what comes before the end of the file was heard");
  }
  prediction.duration_s = decoded->source.duration_s;
  prediction.sha256 = base::Sha256Hex(bytes);
  prediction.model = analyzer.identity();
  prediction.processing_time_s = stopwatch.ElapsedSeconds();
  return prediction;
}

namespace {

// What the prediction of every model has.
nlohmann::json CommonJson(const Prediction& prediction) {
  const Analysis& analysis = prediction.analysis;
  const double abnormal = Probability(analysis.probability_abnormal);
  const double normal = Probability(1 - analysis.probability_abnormal);
  const Verdict predicted_class = analysis.CalledAbnormal() ? Verdict::kAbnormal : Verdict::kNormal;
  nlohmann::json windows = nlohmann::json::array();
  for (const WindowResult& window : analysis.windows) {
    windows.push_back({{"start_s", Seconds(window.start_s)},
                       {"end_s", Seconds(window.end_s)},
                       {"probability_abnormal", Probability(window.probability_abnormal)}});
  }
  nlohmann::json heart_rate;  // null where there is none
  if (analysis.heart_rate_bpm) heart_rate = RoundTo(*analysis.heart_rate_bpm, 10);
  const Guidance guidance = GuidanceFor(analysis);
  const Risk risk = RiskFor(analysis);
  nlohmann::json json = {
      {"id", prediction.id},
      {"file_name", prediction.file_name},
      {"timestamp", base::FormatUtc(prediction.timestamp)},
      {"predicted_class", Name(predicted_class)},
      {"confidence", analysis.CalledAbnormal() ? abnormal : normal},
      {"probability_abnormal", abnormal},
      {"probability_normal", normal},
      {"threshold_used", Probability(analysis.threshold)},
      {"verdict", Name(analysis.verdict)},
      {"quality",
       {{"ok", analysis.quality.ok},
        {"score", RoundTo(analysis.quality.score, 1e4)},
        {"reasons", analysis.quality.reasons}}},
      {"heart_rate_bpm", std::move(heart_rate)},
      {"windows", std::move(windows)},
      {"recording",
       {{"duration_s", Seconds(prediction.duration_s)},
        {"sample_rate_hz", prediction.source.sample_rate_hz},
        {"channels", prediction.source.channels},
        {"format", prediction.source.format},
        {"truncated", prediction.source.truncated},
        {"sha256", prediction.sha256}}},
      {"clinical_guidance",
       {{"summary", guidance.summary},
        {"action", guidance.action},
        {"follow_up", guidance.follow_up},
        {"urgency", guidance.urgency}}},
      {"risk_assessment",
       {{"risk_score", abnormal}, {"risk_level", risk.level}, {"color", risk.color}}},
      {"model",
       {{"name", prediction.model.name},
        {"version", prediction.model.version},
        {"sha256", prediction.model.sha256}}},
      {"processing_time", RoundTo(prediction.processing_time_s, 1e6)},
      {"disclaimer", kDisclaimer}};
  if (analysis.murmur) {
    json["murmur"] = {{"present", Probability(analysis.murmur->present)},
                      {"unknown", Probability(analysis.murmur->unknown)},
                      {"absent", Probability(analysis.murmur->absent)}};
  }
  return json;
}

void AddCalibrated(const CalibratedAnswer& answer, nlohmann::json& json) {
  nlohmann::json set = nlohmann::json::array();
  if (answer.prediction_set.normal) set.push_back(Name(Verdict::kNormal));
  if (answer.prediction_set.abnormal) set.push_back(Name(Verdict::kAbnormal));
  json["prediction_set"] = std::move(set);
  json["operating_point"] = Name(answer.operating_point);
  json["prevalence"] = answer.prevalence;
}

}  // namespace

nlohmann::json ToJson(const Prediction& prediction) {
  nlohmann::json json = CommonJson(prediction);
  if (prediction.analysis.calibrated) AddCalibrated(*prediction.analysis.calibrated, json);
  if (prediction.analysis.regions) {
    json["explanation"] = RegionsJson(*prediction.analysis.regions);
  }
  return json;
}

base::Result<nlohmann::json> ExplanationJson(const Analyzer& analyzer,
                                             std::span<const std::byte> bytes,
                                             const audio::DecodeLimits& limits) {
  auto decoded = audio::Decode(bytes, limits, analyzer.metadata().features.sample_rate_hz);
  if (!decoded) return base::Fail(decoded);
  auto explained = analyzer.Explain(std::move(decoded->recording));
  if (!explained) return base::Fail(explained);
  const auto regions = explained->analysis.regions.value_or(std::vector<EvidenceRegion>());
  const auto [grid, columns_joined] = Coarser(std::move(explained->grid), kMaxExplainedColumns);
  nlohmann::json json = RegionsJson(regions);
  json["logit"] = RoundTo(grid.logit, 1e4);
  json["remainder"] = RoundTo(grid.remainder, 1e4);
  nlohmann::json times = nlohmann::json::array();
  for (int column = 0; column <= grid.columns; ++column) {
    times.push_back(Seconds(std::min(column * grid.column_s, grid.duration_s)));
  }
  nlohmann::json edges = nlohmann::json::array();
  for (const double edge_hz : grid.edges_hz) edges.push_back(RoundTo(edge_hz, 10));
  nlohmann::json rows = nlohmann::json::array();
  for (int row = 0; row < grid.rows; ++row) {
    nlohmann::json values = nlohmann::json::array();
    for (int column = 0; column < grid.columns; ++column) {
      values.push_back(RoundTo(grid.At(row, column), 1e6));
    }
    rows.push_back(std::move(values));
  }
  json["times_s"] = std::move(times);
  json["edges_hz"] = std::move(edges);
  json["contributions"] = std::move(rows);
  json["columns_joined"] = columns_joined;
  json["model"] = {{"name", analyzer.identity().name},
                   {"version", analyzer.identity().version},
                   {"sha256", analyzer.identity().sha256}};
  return json;
}

}  // namespace heartbeat::analysis
