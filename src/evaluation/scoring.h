#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "analysis/analyzer.h"
#include "base/result.h"
#include "evaluation/dataset.h"
#include "evaluation/scored_entry.h"

namespace heartbeat::evaluation {

// Scores every entry by the serving path, on all cores (threads 0) or `threads`. `on_done(n)` is
// called after each with the number done so far, from any thread but never two at once. Where
// `stop` becomes true the rest is left. Errors: kCancelled (stopped).
[[nodiscard]] base::Result<std::vector<ScoredEntry>> ScoreDataset(
    const analysis::Analyzer& analyzer, std::span<const DatasetEntry> entries, unsigned threads,
    const std::atomic<bool>& stop, const std::function<void(std::size_t)>& on_done);

}  // namespace heartbeat::evaluation
