#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "evaluation/measures.h"
#include "evaluation/ranking.h"
#include "evaluation/scored_entry.h"

namespace heartbeat::evaluation {

// Every figure that has an interval. docs/evaluating.md has the formula and source of each.
enum class Measure {
  kAuroc,
  kAuprc,  // average precision
  kMacc,
  kSensitivity,
  kSpecificity,
  kAccuracy,
  kPrecision,
  kRecall,  // the sensitivity under its other name
  kF1,
  kBrier,
  kCalibrationError,
  kRiskCoverageArea,
  // As if the share of abnormal recordings were MeasureOptions::prevalence (the classes weighted).
  kAccuracyAtPrevalence,
  kPrecisionAtPrevalence,
  kF1AtPrevalence,
  kAuprcAtPrevalence,
  kBrierAtPrevalence,
  kCalibrationErrorAtPrevalence,
  // By verdict. An error of a recording that was not answered is that of its predicted class.
  kAnsweredShare,  // verdict normal or abnormal
  kAnsweredMacc,
  kUncertainShare,
  kUncertainError,
  kPoorQualityShare,
  kPoorQualityError,
  // Of the conformal prediction sets; undefined where there are none.
  kCoverage,  // the set holds the true class
  kCoverageNormal,
  kCoverageAbnormal,
  kMeanSetSize,
  kEmptySetShare,
  kSingleSetShare,
};
inline constexpr std::size_t kMeasureCount = static_cast<std::size_t>(Measure::kSingleSetShare) + 1;
using MeasureValues = std::array<double, kMeasureCount>;  // NaN where undefined
using MeasureEstimates = std::array<Estimate, kMeasureCount>;

struct MeasureOptions {
  double prevalence = 0.5;       // over 0 and under 1
  std::size_t resamples = 2000;  // of the bootstrap, and simulations of calibration by chance
  std::uint64_t seed = 20160101;
};

// A reliability diagram with the calibration error that chance alone would show.
struct Reliability {
  std::vector<ReliabilityBin> bins;  // ascending
  Estimate by_chance;  // of the calibration error, were the model perfectly calibrated: mean, range
};

// The measures of one group of recordings. Recordings that were refused or have no label are
// counted and are in no measure.
struct GroupMeasures {
  std::string database;  // "all" for the pooled group
  std::size_t normal = 0;
  std::size_t abnormal = 0;
  std::size_t refused = 0;     // not heard
  std::size_t unlabelled = 0;  // heard, but neither normal nor abnormal is known
  std::size_t patients = 0;    // known ones, of the normal and abnormal recordings
  ConfusionMatrix confusion;
  MeasureEstimates estimates;
  Reliability reliability;
  Reliability reliability_at_prevalence;
  std::vector<CurvePoint> roc;               // x: 1 - specificity, y: sensitivity
  std::vector<CurvePoint> precision_recall;  // x: recall, y: precision
  std::vector<CurvePoint> risk_coverage;     // x: share answered, y: their error

  [[nodiscard]] const Estimate& operator[](Measure measure) const {
    return estimates[static_cast<std::size_t>(measure)];
  }
};

// The mean over databases, each counting the same, with an interval from resampling within each.
struct DatabaseMean {
  // A database counts where it has this many recordings of each class in the measures: fewer than
  // ten of a class make a sensitivity or specificity with steps of over 10 %.
  static constexpr std::size_t kMinOfClass = 10;

  std::vector<std::string> databases;
  std::vector<std::string> left_out;
  MeasureEstimates estimates;

  [[nodiscard]] const Estimate& operator[](Measure measure) const {
    return estimates[static_cast<std::size_t>(measure)];
  }
};

struct Measured {
  std::vector<GroupMeasures> groups;  // pooled first, then each database in alphabetical order
  DatabaseMean mean;                  // all undefined where no database counts
};

// 95 % intervals: percentile bootstrap with a fixed seed, resampling patients where they are known,
// else recordings, within each class so that every resample has both. Source: Efron & Tibshirani,
// An Introduction to the Bootstrap, 1993, chapter 13. Those of the calibration errors are moved by
// the bias that resampling adds (their chapter 10), and not below 0.
[[nodiscard]] Measured MeasureAll(std::span<const ScoredEntry> scored,
                                  const MeasureOptions& options);

}  // namespace heartbeat::evaluation
