#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "store/query.h"

namespace heartbeat::server {

// "none", "any", "normal", "abnormal" or "unsure"; nothing for any other text.
[[nodiscard]] std::optional<store::LabelFilter> ParseLabelFilter(std::string_view name);

struct HistoryQuery {
  store::Filter filter;
  store::PageRequest page;
};

enum class Paging { kAllowed, kNone };

// The filters of the history, from the query of an address: class, verdict, label, from, until,
// file_name (its beginning), patient_ref; with kAllowed also limit and cursor. Errors:
// kInvalidArgument, saying what a parameter may be.
[[nodiscard]] base::Result<HistoryQuery> ParseHistoryQuery(std::string_view query, Paging paging);

}  // namespace heartbeat::server
