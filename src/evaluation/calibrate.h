#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/calibration.h"
#include "base/result.h"
#include "evaluation/scored_entry.h"

namespace heartbeat::evaluation {

struct CalibrateOptions {
  double error_level = 0.1;  // of the prediction sets: over 0 and under 1
  double prevalence = 0.5;   // that a served model's probabilities are stated at by default
  // What a database counts for in each class: its recordings of that class, but no more than this;
  // 0: all of them.
  std::size_t database_cap = 50;
};

// Predictions that a calibration may be fitted on, in the order of the file: the labelled and heard
// rows of a table that a cross-validation wrote. Errors: those of ParsePredictions;
// kInvalidArgument where a row is of split validation or test, has no fold, comes twice, or where
// the probability is not the sigmoid of the logit; where there are fewer than two folds, or than
// kFewestOfAClass recordings of a class.
inline constexpr std::size_t kFewestOfAClass = 50;
[[nodiscard]] base::Result<std::vector<ScoredEntry>> ReadOutOfFold(std::string_view csv);

// Of each recording, summing to one half in each class that is there. Within a class a database's
// weight is min(recordings, cap), shared equally among its recordings.
[[nodiscard]] std::vector<double> RecordingWeights(std::span<const ScoredEntry> predictions,
                                                   std::size_t database_cap);

// Fits slope and intercept by weighted logistic regression of the labels on the mean logits, with
// the targets (n1 + 1) / (n1 + 2) and 1 / (n0 + 2) in place of 1 and 0, where n is the effective
// number of a class's recordings (as in FitQuantiles): Platt, Probabilistic outputs for support
// vector machines, 1999; by Newton's method with step halving: Lin, Lin & Weng, Machine Learning
// 2007. Equal weight of the classes states them at a prevalence of 0.5. Then operating points and
// quantiles, under the same weights. Errors: kInvalidArgument where a class is missing, or where
// larger logits do not mean abnormal.
[[nodiscard]] base::Result<analysis::Calibration> FitCalibration(
    std::span<const ScoredEntry> predictions, const CalibrateOptions& options);

// At one operating point, the recordings weighted as they were for the fit.
struct PointRates {
  double sensitivity = 0;
  double specificity = 0;
};

struct CalibrationReport {
  analysis::Calibration calibration;  // fitted on all predictions
  // The predictions, each as a calibration says it that was fitted on the other folds alone: what
  // is measured of them is what new recordings of these databases will see.
  std::vector<ScoredEntry> held_out;
  std::array<PointRates, analysis::kOperatingPoints.size()> rates;  // likewise held out
};
// `predictions`: of ReadOutOfFold. Errors: those of FitCalibration, for all and without each fold.
[[nodiscard]] base::Result<CalibrationReport> Calibrate(std::span<const ScoredEntry> predictions,
                                                        const CalibrateOptions& options);

// The calibration as a table for people: slope and intercept, operating points with their rates,
// quantiles.
[[nodiscard]] std::string ToTable(const CalibrationReport& report);

// The same model with `calibration` in its metadata, in place of any that it had, and with
// `version`, where that is not empty, in place of its own. Errors: kInvalidModel where `onnx` is no
// model of ours, or the calibration cannot be.
[[nodiscard]] base::Result<std::vector<std::byte>> WithCalibration(
    std::span<const std::byte> onnx, const analysis::Calibration& calibration,
    std::string_view version = {});

}  // namespace heartbeat::evaluation
