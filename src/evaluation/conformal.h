#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "evaluation/measures.h"
#include "evaluation/scored_entry.h"

namespace heartbeat::evaluation {

// Class-conditional (Mondrian) split conformal prediction: of recordings like those it was fitted
// on, the set holds the true class with probability 1 - error level, in each class. The
// nonconformity of a class is 1 minus its probability. Source: Vovk, Gammerman & Shafer,
// Algorithmic Learning in a Random World, 2005, chapters 2.2 and 4.5; the quantile's rank as in
// Angelopoulos & Bates, 2023.
class ConformalQuantiles {
 public:
  // `calibration`: recordings that no model of the sets' recordings was fitted on. `error_level`:
  // over 0 and under 1. A class with fewer than 1 / error_level - 1 recordings is never excluded.
  [[nodiscard]] static ConformalQuantiles Fit(std::span<const Scored> calibration,
                                              double error_level);

  [[nodiscard]] PredictionSet SetOf(double probability_abnormal) const;

  // The largest nonconformity that a class's members keep: infinite where it is never excluded.
  [[nodiscard]] double normal() const { return largest_[0]; }
  [[nodiscard]] double abnormal() const { return largest_[1]; }

 private:
  std::array<double, 2> largest_{};
};

// The recordings that were heard and have a label.
[[nodiscard]] std::vector<Scored> LabelledScores(std::span<const ScoredEntry> entries);

}  // namespace heartbeat::evaluation
