#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "evaluation/scored_entry.h"

namespace heartbeat::evaluation {

// The wrong calls that were made with the greatest confidence: indices into `scored`, by the
// distance of the probability from the true label, descending, at most `of_each` false alarms and
// `of_each` misses. Recordings without a label and refused ones are in neither.
[[nodiscard]] std::vector<std::size_t> LargestErrors(std::span<const ScoredEntry> scored,
                                                     std::size_t of_each);

// What a report's JSON says of them: "record", "database", "label", "patient", "location", "split",
// "fold", "probability_abnormal", "threshold", "verdict" each.
[[nodiscard]] nlohmann::json LargestErrorsJson(std::span<const ScoredEntry> scored,
                                               std::span<const std::size_t> indices);

}  // namespace heartbeat::evaluation
