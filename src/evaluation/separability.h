#pragma once

#include <cstddef>
#include <span>

#include "evaluation/measures.h"

namespace heartbeat::evaluation {

// How well one number alone tells two classes apart.
struct Separability {
  std::size_t negatives = 0;  // with a finite value
  std::size_t positives = 0;
  // Area under the ROC curve: the chance that a positive has the larger value, ties counted half.
  // 0.5: not at all; 0 and 1: perfectly. The interval (95 %) inverts the variance of Hanley &
  // McNeil (Radiology 143(1), 1982), so that it stays within 0..1 and has a width even at the ends:
  // Newcombe, Statistics in Medicine 25(4), 2006, method 5. NaN where a class is missing.
  Estimate auroc;
};

// Values that are not finite are left out.
[[nodiscard]] Separability Separate(std::span<const double> negatives,
                                    std::span<const double> positives);

}  // namespace heartbeat::evaluation
