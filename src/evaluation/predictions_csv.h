#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluation/scored_entry.h"

namespace heartbeat::evaluation {

// A header line, then one line a recording:
//   record,database,patient,label,split,fold,probability_abnormal,logit,threshold,verdict,
//   prediction_set,processing_time_s,error
// `logit` is the mean over the windows; `prediction_set` "normal", "abnormal", "both" or "none",
// empty where no quantiles were fitted. Of a recording that was refused only `error` is filled of
// what a model says.
[[nodiscard]] std::string ToCsv(std::span<const ScoredEntry> scored);

// The inverse, and of any table with columns database, record, label and probability_abnormal; the
// other columns may be missing. The entries have no path. Errors: kInvalidArgument with the line.
[[nodiscard]] base::Result<std::vector<ScoredEntry>> ParsePredictions(std::string_view csv);

}  // namespace heartbeat::evaluation
