#pragma once

#include <span>
#include <vector>

#include "analysis/calibration.h"
#include "evaluation/measures.h"
#include "evaluation/scored_entry.h"

namespace heartbeat::evaluation {

// The quantiles of each class: the smallest nonconformity at which the weight of the recordings up
// to it reaches W (1 + 1 / n) (1 - error level), with W the weight of the class and n the effective
// number of its recordings, W^2 / sum of w^2 (Kish, Survey Sampling, 1965). With equal weights that
// is the rank ceil((n + 1) (1 - error level)) of Angelopoulos & Bates, 2023; unequal ones are those
// of Tibshirani, Foygel Barber, Candes & Ramdas, NeurIPS 2019, but that the weight of the new
// recording, which nobody knows, is taken to be W / n. `calibration`: recordings that no model of
// the sets' recordings was fitted on. `error_level`: over 0 and under 1. `weights`: one a
// recording, over 0, on any scale; empty: all the same. A class with fewer than 1 / error_level - 1
// recordings is never excluded.
[[nodiscard]] analysis::ConformalQuantiles FitQuantiles(std::span<const Scored> calibration,
                                                        double error_level,
                                                        std::span<const double> weights = {});

// The recordings that were heard and have a label.
[[nodiscard]] std::vector<Scored> LabelledScores(std::span<const ScoredEntry> entries);

}  // namespace heartbeat::evaluation
