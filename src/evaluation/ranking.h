#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "evaluation/measures.h"

namespace heartbeat::evaluation {

// All recordings of one probability, with the mass of each class: their number, or their number
// times the weight of their class.
struct Tied {
  double probability_abnormal = 0;
  double normal = 0;
  double abnormal = 0;

  [[nodiscard]] double Mass() const { return normal + abnormal; }
};

// Descending by probability.
[[nodiscard]] std::vector<Tied> Tie(std::span<const Scored> scored);
// `tied` with the classes weighted so that the share of abnormal mass is `prevalence` (over 0,
// under 1); empty where a class is missing.
[[nodiscard]] std::vector<Tied> AtPrevalence(std::span<const Tied> tied, double prevalence);

// Below, `tied` descends by probability, masses may be zero, and what is undefined is NaN.

// Area under the ROC curve by the Mann-Whitney statistic, ties counted half. Source: Hanley &
// McNeil, Radiology 1982; 143:29-36.
[[nodiscard]] double Auroc(std::span<const Tied> tied);
// Sum over the thresholds of precision times the recall gained: the area under the
// precision-recall curve without interpolation. Source: Davis & Goadrich, ICML 2006; as
// scikit-learn's average_precision_score.
[[nodiscard]] double AveragePrecision(std::span<const Tied> tied);
// Mean squared difference of probability and label. Source: Brier, Monthly Weather Review 1950;
// 78:1-3.
[[nodiscard]] double BrierScore(std::span<const Tied> tied);

inline constexpr std::size_t kReliabilityBins = 10;

struct ReliabilityBin {
  double lowest = 0;  // probabilities in it
  double highest = 0;
  double mass = 0;              // share of the whole, about 1 / kReliabilityBins
  double mean_probability = 0;  // abnormal, as the model says
  double abnormal_share = 0;    // as it is
};

// Ten bins of equal mass, ascending; recordings of one probability stay together, in the bin of
// their middle. Bins that end up empty are left out.
[[nodiscard]] std::vector<ReliabilityBin> ReliabilityBins(std::span<const Tied> tied);
// Expected calibration error: the mean over those bins, by mass, of the distance between mean
// probability and abnormal share. Source: Naeini, Cooper & Hauskrecht, AAAI 2015, with bins of
// equal mass as in Nixon et al., CVPR workshops 2019.
[[nodiscard]] double CalibrationError(std::span<const Tied> tied);

struct CurvePoint {
  double x = 0;
  double y = 0;
};

// Points to draw, those nearer to the one before than a drawing shows left out.

// From (0, 0) to (1, 1): x is 1 - specificity, y the sensitivity. Empty where a class is missing.
[[nodiscard]] std::vector<CurvePoint> RocCurve(std::span<const Tied> tied);
// x is the recall, ascending, y the precision. Empty without an abnormal recording.
[[nodiscard]] std::vector<CurvePoint> PrecisionRecallCurve(std::span<const Tied> tied);

}  // namespace heartbeat::evaluation
