#include "evaluation/calibrate.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "analysis/model_metadata.h"
#include "evaluation/conformal.h"
#include "evaluation/operating_points.h"
#include "evaluation/predictions_csv.h"
#include "nn/onnx_metadata.h"
#include "nn/session.h"

namespace heartbeat::evaluation {
namespace {

using analysis::Calibration;
using base::ErrorCode;
using base::Fail;
using base::Result;

bool IsAbnormal(const ScoredEntry& item) { return item.entry.label == Label::kAbnormal; }

// Of a probability that was written as the sigmoid of a logit: what rounding leaves, and no more.
constexpr double kSameProbability = 1e-6;

std::string FindFault(const ScoredEntry& item) {
  const std::string& split = item.entry.split;
  if (split == "validation" || split == "test") {
    return "is of split \"" + split +
           "\", which no calibration may see: figures on it would say nothing any more; use the "
           "predictions.csv of `heartbeat evaluate --recipe FILE --protocol cross-validation`";
  }
  if (item.fold.empty()) {
    return "has no fold: its model may have learned from it, and then its logit is too good; use "
           "the predictions.csv of `heartbeat evaluate --recipe FILE --protocol cross-validation`";
  }
  if (!(std::abs(analysis::Sigmoid(item.mean_logit) - item.probability_abnormal) <
        kSameProbability)) {
    return "has a probability that is not the sigmoid of its logit: either there is no logit, or "
           "the model was calibrated already; the models of the folds must not be";
  }
  return {};
}

// Two parameters: slope and intercept.
using Vector2 = std::array<double, 2>;

struct Example {
  double logit = 0;
  double target = 0;
  double weight = 0;
};

double Loss(std::span<const Example> examples, const Vector2& at) {
  double loss = 0;
  for (const Example& e : examples) {
    const double f = at[0] * e.logit + at[1];
    // log(1 + exp(f)), where neither tail overflows.
    const double softplus = std::max(f, 0.0) + std::log1p(std::exp(-std::abs(f)));
    loss += e.weight * (softplus - e.target * f);
  }
  return loss;
}

std::optional<Vector2> NewtonStep(std::span<const Example> examples, const Vector2& at) {
  Vector2 gradient{};
  double h00 = 0;
  double h01 = 0;
  double h11 = 0;
  for (const Example& e : examples) {
    const double p = analysis::Sigmoid(at[0] * e.logit + at[1]);
    const double residual = e.weight * (p - e.target);
    gradient[0] += residual * e.logit;
    gradient[1] += residual;
    const double curvature = e.weight * p * (1 - p);
    h00 += curvature * e.logit * e.logit;
    h01 += curvature * e.logit;
    h11 += curvature;
  }
  const double determinant = h00 * h11 - h01 * h01;
  if (!(determinant > 1e-12 * h00 * h11)) return std::nullopt;  // all logits are the same
  return Vector2{(h11 * gradient[0] - h01 * gradient[1]) / determinant,
                 (h00 * gradient[1] - h01 * gradient[0]) / determinant};
}

// Nothing where all logits are the same.
std::optional<Vector2> Minimize(std::span<const Example> examples) {
  constexpr int kMostSteps = 100;
  constexpr double kSmallestStep = 1e-12;
  constexpr int kMostHalvings = 40;
  Vector2 at = {1, 0};
  double loss = Loss(examples, at);
  for (int i = 0; i < kMostSteps; ++i) {
    const auto step = NewtonStep(examples, at);
    if (!step) return std::nullopt;
    double length = 1;
    for (int halvings = 0; halvings < kMostHalvings; ++halvings, length /= 2) {
      const Vector2 next = {at[0] - length * (*step)[0], at[1] - length * (*step)[1]};
      const double next_loss = Loss(examples, next);
      if (next_loss > loss) continue;
      at = next;
      loss = next_loss;
      break;
    }
    if (std::max(std::abs((*step)[0]), std::abs((*step)[1])) < kSmallestStep) break;
  }
  return at;
}

// The targets of a class's recordings: not quite 0 and 1, so that classes which logits separate
// altogether do not make the slope infinite.
std::array<double, 2> Targets(std::span<const ScoredEntry> predictions,
                              std::span<const double> weights) {
  std::array<double, 2> sum{};
  std::array<double, 2> squares{};
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const std::size_t c = IsAbnormal(predictions[i]) ? 1 : 0;
    sum[c] += weights[i];
    squares[c] += weights[i] * weights[i];
  }
  const auto number = [&](std::size_t c) { return sum[c] * sum[c] / squares[c]; };
  return {1 / (number(0) + 2), (number(1) + 1) / (number(1) + 2)};
}

void SetAnswer(const Calibration& calibration, ScoredEntry& item) {
  const double logit = calibration.CalibratedLogit(item.mean_logit);
  item.probability_abnormal = analysis::Sigmoid(logit);
  item.threshold = calibration.balanced;
  item.prediction_set = calibration.conformal.SetOf(item.probability_abnormal);
  const bool called = item.CalledAbnormal();
  // A recording of poor quality stays one.
  if (item.verdict == "poor_quality") return;
  item.verdict = !item.prediction_set->IsOnly(called) ? "uncertain"
                 : called                             ? "abnormal"
                                                      : "normal";
}

}  // namespace

Result<std::vector<ScoredEntry>> ReadOutOfFold(std::string_view csv) {
  auto predictions = ParsePredictions(csv);
  if (!predictions) return Fail(predictions);
  std::erase_if(*predictions,
                [](const ScoredEntry& item) { return !item.IsHeard() || !item.entry.label; });
  std::set<std::pair<std::string, std::string>> seen;
  std::set<std::string> folds;
  std::array<std::size_t, 2> count{};
  for (const ScoredEntry& item : *predictions) {
    std::string fault = FindFault(item);
    if (!seen.emplace(item.entry.database, item.entry.record).second) fault = "comes twice";
    if (!fault.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the recording \"" + item.entry.record + "\" " + fault);
    }
    folds.insert(item.fold);
    ++count[IsAbnormal(item) ? 1 : 0];
  }
  if (std::min(count[0], count[1]) < kFewestOfAClass) {
    return Fail(ErrorCode::kInvalidArgument, "there are " + std::to_string(count[0]) +
                                                 " normal and " + std::to_string(count[1]) +
                                                 " abnormal recordings; a calibration needs " +
                                                 std::to_string(kFewestOfAClass) + " of each");
  }
  if (folds.size() < 2) {
    return Fail(ErrorCode::kInvalidArgument,
                "all recordings are of one fold; there must be two or more, so that each can tell "
                "how well the others' calibration holds");
  }
  return predictions;
}

std::vector<double> RecordingWeights(std::span<const ScoredEntry> predictions,
                                     std::size_t database_cap) {
  std::array<std::map<std::string_view, std::size_t>, 2> count;
  for (const ScoredEntry& item : predictions) {
    ++count[IsAbnormal(item) ? 1 : 0][item.entry.database];
  }
  const auto counted = [&](std::size_t recordings) {
    return static_cast<double>(database_cap == 0 ? recordings : std::min(recordings, database_cap));
  };
  std::array<double, 2> sum{};
  for (std::size_t c = 0; c < 2; ++c) {
    for (const auto& [database, recordings] : count[c]) sum[c] += counted(recordings);
  }
  std::vector<double> weights;
  for (const ScoredEntry& item : predictions) {
    const std::size_t c = IsAbnormal(item) ? 1 : 0;
    const std::size_t recordings = count[c].at(item.entry.database);
    weights.push_back(counted(recordings) / static_cast<double>(recordings) / (2 * sum[c]));
  }
  return weights;
}

Result<Calibration> FitCalibration(std::span<const ScoredEntry> predictions,
                                   const CalibrateOptions& options) {
  const auto abnormal = std::ranges::count_if(predictions, IsAbnormal);
  if (abnormal == 0 || static_cast<std::size_t>(abnormal) == predictions.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                "a calibration needs normal and abnormal recordings, also without any one fold");
  }
  const std::vector<double> weights = RecordingWeights(predictions, options.database_cap);
  const auto targets = Targets(predictions, weights);
  std::vector<Example> examples;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    examples.push_back(
        {predictions[i].mean_logit, targets[IsAbnormal(predictions[i]) ? 1 : 0], weights[i]});
  }
  const auto fitted = Minimize(examples);
  if (!fitted || !((*fitted)[0] > 0) || !std::isfinite((*fitted)[0] + (*fitted)[1])) {
    return Fail(ErrorCode::kInvalidArgument,
                "larger logits do not mean abnormal in these predictions: the model hears nothing "
                "that a calibration could use");
  }
  Calibration calibration;
  calibration.slope = (*fitted)[0];
  calibration.intercept = (*fitted)[1];
  calibration.prevalence = options.prevalence;
  std::vector<WeightedLogit> logits;
  std::vector<Scored> scores;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const bool is_abnormal = IsAbnormal(predictions[i]);
    const double logit = calibration.CalibratedLogit(predictions[i].mean_logit);
    logits.push_back({logit, weights[i], is_abnormal});
    scores.push_back({analysis::Sigmoid(logit), is_abnormal});
  }
  const OperatingPoints points = FitOperatingPoints(std::move(logits));
  calibration.screening = analysis::Sigmoid(points.screening);
  calibration.balanced = analysis::Sigmoid(points.balanced);
  calibration.specific = analysis::Sigmoid(points.specific);
  calibration.conformal = FitQuantiles(scores, options.error_level, weights);
  if (const std::string fault = calibration.FindImpossible(); !fault.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "what was fitted makes no sense: " + fault);
  }
  return calibration;
}

Result<CalibrationReport> Calibrate(std::span<const ScoredEntry> predictions,
                                    const CalibrateOptions& options) {
  auto calibration = FitCalibration(predictions, options);
  if (!calibration) return Fail(calibration);
  CalibrationReport report;
  report.calibration = *std::move(calibration);
  report.held_out.assign(predictions.begin(), predictions.end());
  std::set<std::string> folds;
  for (const ScoredEntry& item : predictions) folds.insert(item.fold);
  const std::vector<double> weights = RecordingWeights(predictions, options.database_cap);
  for (const std::string& fold : folds) {
    std::vector<ScoredEntry> others;
    std::ranges::copy_if(predictions, std::back_inserter(others),
                         [&](const ScoredEntry& item) { return item.fold != fold; });
    const auto fitted = FitCalibration(others, options);
    if (!fitted)
      return Fail(fitted.error().code, "without " + fold + ": " + fitted.error().message);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      ScoredEntry& item = report.held_out[i];
      if (item.fold != fold) continue;
      SetAnswer(*fitted, item);
      for (std::size_t p = 0; p < report.rates.size(); ++p) {
        const bool called =
            item.probability_abnormal >= fitted->Threshold(analysis::kOperatingPoints[p]);
        if (called != IsAbnormal(item)) continue;
        // Each class has weight one half.
        (called ? report.rates[p].sensitivity : report.rates[p].specificity) += 2 * weights[i];
      }
    }
  }
  return report;
}

std::string ToTable(const CalibrationReport& report) {
  const Calibration& calibration = report.calibration;
  char line[160];
  std::snprintf(line, sizeof line, "calibrated logit = %.4f * mean logit %+.4f\n\n",
                calibration.slope, calibration.intercept);
  std::string table = line;
  std::snprintf(line, sizeof line, "%-15s  %9s  %11s  %11s\n", "operating point", "threshold",
                "sensitivity", "specificity");
  table += line;
  for (std::size_t p = 0; p < report.rates.size(); ++p) {
    const auto point = analysis::kOperatingPoints[p];
    std::snprintf(line, sizeof line, "%-15s  %9.4f  %11.3f  %11.3f\n",
                  std::string(Name(point)).c_str(), calibration.Threshold(point),
                  report.rates[p].sensitivity, report.rates[p].specificity);
    table += line;
  }
  const auto& conformal = calibration.conformal;
  std::snprintf(line, sizeof line,
                "\nprediction sets at an error level of %.3g: normal up to %.4f, abnormal from "
                "%.4f\n",
                conformal.error_level, conformal.largest_normal, 1 - conformal.largest_abnormal);
  return table + line;
}

Result<std::vector<std::byte>> WithCalibration(std::span<const std::byte> onnx,
                                               const Calibration& calibration,
                                               std::string_view version) {
  const auto session = nn::Session::Load(onnx);
  if (!session) return Fail(session);
  auto metadata = analysis::ModelMetadata::Parse(session->metadata());
  if (!metadata) return Fail(metadata);
  metadata->calibration = calibration;
  metadata->threshold = calibration.balanced;
  if (!version.empty()) metadata->version = version;
  const auto properties = metadata->ToProperties();
  // As it will be read.
  if (const auto valid = analysis::ModelMetadata::Parse(properties); !valid) return Fail(valid);
  return nn::WithMetadata(onnx, properties);
}

}  // namespace heartbeat::evaluation
