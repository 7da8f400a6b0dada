#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace heartbeat::analysis {

[[nodiscard]] double Sigmoid(double logit);
// Its inverse; `probability` over 0 and under 1.
[[nodiscard]] double Logit(double probability);

// The classes that a conformal predictor does not exclude: none, one or both.
struct PredictionSet {
  bool normal = false;
  bool abnormal = false;

  // Whether it holds the one class and not the other.
  [[nodiscard]] bool IsOnly(bool is_abnormal) const {
    return abnormal == is_abnormal && normal != is_abnormal;
  }
};

// Class-conditional (Mondrian) split conformal prediction: of recordings like those it was fitted
// on, the set holds the true class with probability 1 - error level, in each class. The
// nonconformity of a class is 1 minus its probability. Source: Vovk, Gammerman & Shafer,
// Algorithmic Learning in a Random World, 2005, chapters 2.2 and 4.5. evaluation/conformal.h fits
// them.
struct ConformalQuantiles {
  double error_level = 0.1;  // over 0 and under 1
  // The largest nonconformity that a class's members keep, 0..1: 1 where it is never excluded.
  double largest_normal = 1;
  double largest_abnormal = 1;

  [[nodiscard]] PredictionSet SetOf(double probability_abnormal) const;
};

// Which threshold a calibrated model is asked at.
enum class OperatingPoint {
  kScreening,  // misses little: at most one in twenty abnormal ones where it was fitted
  kBalanced,   // the highest mean of sensitivity and specificity
  kSpecific,   // alarms little: at most one in twenty normal ones where it was fitted
};
inline constexpr std::array kOperatingPoints = {
    OperatingPoint::kScreening, OperatingPoint::kBalanced, OperatingPoint::kSpecific};
// "screening", "balanced", "specific".
[[nodiscard]] std::string_view Name(OperatingPoint point);
// Errors: kInvalidArgument, naming the three.
[[nodiscard]] base::Result<OperatingPoint> ParseOperatingPoint(std::string_view name);

// The share of abnormal recordings that probabilities may be stated at: beyond it they would hardly
// differ from 0 or 1.
inline constexpr double kLowestPrevalence = 0.001;
inline constexpr double kHighestPrevalence = 0.999;

// What turns a model's logits into probabilities that can be trusted, and those into a verdict. Its
// schema in a model's metadata is docs/model-format.md. All probabilities but `prevalence` are
// stated where half of the recordings are abnormal.
struct Calibration {
  // Calibrated logit = slope * mean logit + intercept: Platt, Probabilistic outputs for support
  // vector machines, 1999.
  double slope = 1;  // over 0
  double intercept = 0;
  double prevalence = 0.5;  // that shown probabilities are stated at, where nothing else is asked
  // Abnormal at and above; ascending.
  double screening = 0.5;
  double balanced = 0.5;
  double specific = 0.5;
  ConformalQuantiles conformal;

  [[nodiscard]] double Threshold(OperatingPoint point) const;
  // At a prevalence of one half.
  [[nodiscard]] double CalibratedLogit(double logit) const { return slope * logit + intercept; }
  // A sentence of what cannot be, such as thresholds out of order; empty where all is well.
  [[nodiscard]] std::string FindImpossible() const;
};

// How a model is to be asked. What is not given is the model's own choice, and a model that is not
// calibrated can be asked in no other way than its own.
struct AnalyzerOptions {
  std::optional<OperatingPoint> operating_point = std::nullopt;
  std::optional<double> prevalence = std::nullopt;  // kLowestPrevalence..kHighestPrevalence
};

// The way from logits to probabilities, class and prediction set.
class DecisionRule {
 public:
  // `threshold`: of a model without a calibration. Errors: kInvalidArgument where options ask such
  // a model for what only a calibrated one can do, or for a prevalence out of range.
  [[nodiscard]] static base::Result<DecisionRule> Create(
      const std::optional<Calibration>& calibration, double threshold,
      const AnalyzerOptions& options);

  [[nodiscard]] const std::optional<Calibration>& calibration() const { return calibration_; }
  // Of a calibrated model.
  [[nodiscard]] OperatingPoint operating_point() const { return operating_point_; }
  [[nodiscard]] double prevalence() const { return prevalence_; }

  // Of a logit of the network, of one window or the mean of several: calibrated and at the
  // prevalence, by Bayes' rule (logit + log(P / (1 - P))); else the same.
  [[nodiscard]] double StatedLogit(double logit) const;
  // The probability of abnormal: its sigmoid.
  [[nodiscard]] double Probability(double logit) const;
  // Of StatedLogit over the network's logit.
  [[nodiscard]] double slope() const { return calibration_ ? calibration_->slope : 1; }
  // Abnormal at and above this Probability. It moves with the prevalence as probabilities do: no
  // prevalence changes a class.
  [[nodiscard]] double threshold() const { return threshold_; }
  // Of a calibrated model; no prevalence changes it.
  [[nodiscard]] PredictionSet SetOf(double logit) const;

 private:
  std::optional<Calibration> calibration_;
  OperatingPoint operating_point_ = OperatingPoint::kBalanced;
  double prevalence_ = 0.5;
  double shift_ = 0;  // of logits, for the prevalence
  double threshold_ = 0.5;
};

}  // namespace heartbeat::analysis
