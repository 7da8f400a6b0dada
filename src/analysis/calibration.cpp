#include "analysis/calibration.h"

#include <cmath>

namespace heartbeat::analysis {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

bool IsPrevalence(double value) {
  return value >= kLowestPrevalence && value <= kHighestPrevalence;
}

bool IsShare(double value) { return value >= 0 && value <= 1; }

}  // namespace

double Sigmoid(double logit) { return 1 / (1 + std::exp(-logit)); }

double Logit(double probability) { return std::log(probability / (1 - probability)); }

PredictionSet ConformalQuantiles::SetOf(double probability_abnormal) const {
  return {probability_abnormal <= largest_normal, 1 - probability_abnormal <= largest_abnormal};
}

std::string_view Name(OperatingPoint point) {
  switch (point) {
    case OperatingPoint::kScreening:
      return "screening";
    case OperatingPoint::kBalanced:
      return "balanced";
    case OperatingPoint::kSpecific:
      break;
  }
  return "specific";
}

Result<OperatingPoint> ParseOperatingPoint(std::string_view name) {
  for (const OperatingPoint point : kOperatingPoints) {
    if (name == Name(point)) return point;
  }
  return Fail(ErrorCode::kInvalidArgument, "there is no operating point \"" + std::string(name) +
                                               "\"; name screening, balanced or specific");
}

double Calibration::Threshold(OperatingPoint point) const {
  switch (point) {
    case OperatingPoint::kScreening:
      return screening;
    case OperatingPoint::kBalanced:
      return balanced;
    case OperatingPoint::kSpecific:
      break;
  }
  return specific;
}

std::string Calibration::FindImpossible() const {
  // Written so that what is no number is refused as well.
  if (!(slope > 0)) return "heartbeat.calibration.slope is not positive";
  if (!IsPrevalence(prevalence)) {
    return "heartbeat.calibration.prevalence is not within 0.001 and 0.999";
  }
  if (!(screening > 0 && screening <= balanced && balanced <= specific && specific < 1)) {
    return "heartbeat.operating_points are not between 0 and 1, screening at most balanced and "
           "balanced at most specific";
  }
  if (!(conformal.error_level > 0 && conformal.error_level < 1)) {
    return "heartbeat.conformal.error_level is not between 0 and 1";
  }
  if (!IsShare(conformal.largest_normal) || !IsShare(conformal.largest_abnormal)) {
    return "heartbeat.conformal.largest_normal or .largest_abnormal is not within 0 and 1";
  }
  return {};
}

Result<DecisionRule> DecisionRule::Create(const std::optional<Calibration>& calibration,
                                          double threshold, const AnalyzerOptions& options) {
  DecisionRule rule;
  if (!calibration) {
    if (options.operating_point) {
      return Fail(ErrorCode::kInvalidArgument,
                  "this model is not calibrated, so that it has no operating point \"" +
                      std::string(Name(*options.operating_point)) +
                      "\"; ask it without one, or calibrate it (heartbeat calibrate --help)");
    }
    if (options.prevalence) {
      return Fail(ErrorCode::kInvalidArgument,
                  "this model is not calibrated, so that its probabilities cannot be stated at a "
                  "prevalence; ask it without one, or calibrate it (heartbeat calibrate --help)");
    }
    rule.threshold_ = threshold;
    return rule;
  }
  rule.calibration_ = calibration;
  rule.operating_point_ = options.operating_point.value_or(OperatingPoint::kBalanced);
  rule.prevalence_ = options.prevalence.value_or(calibration->prevalence);
  if (!IsPrevalence(rule.prevalence_)) {
    return Fail(ErrorCode::kInvalidArgument, "the prevalence must be 0.001 to 0.999");
  }
  rule.shift_ = Logit(rule.prevalence_);
  rule.threshold_ = Sigmoid(Logit(calibration->Threshold(rule.operating_point_)) + rule.shift_);
  return rule;
}

double DecisionRule::StatedLogit(double logit) const {
  return calibration_ ? calibration_->CalibratedLogit(logit) + shift_ : logit;
}

double DecisionRule::Probability(double logit) const { return Sigmoid(StatedLogit(logit)); }

PredictionSet DecisionRule::SetOf(double logit) const {
  return calibration_->conformal.SetOf(Sigmoid(calibration_->CalibratedLogit(logit)));
}

}  // namespace heartbeat::analysis
