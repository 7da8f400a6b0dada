#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "base/result.h"
#include "store/records.h"

namespace heartbeat::server {

// What the history keeps of `prediction`, the JSON of docs/api.md, which was or will be answered as
// `text`. Errors: kInternal where it lacks what the history needs.
[[nodiscard]] base::Result<store::Prediction> ToRecord(const nlohmann::json& prediction,
                                                       std::string text);

// One line of the history, without windows and guidance: `HistoryEntry` of the API's document.
[[nodiscard]] nlohmann::json EntryJson(const store::Prediction& prediction);

// `Label` of the API's document.
[[nodiscard]] nlohmann::json LabelJson(const store::Label& label);

// The answer of a prediction as it was sent, with its labels, oldest first: `KeptPrediction` of the
// API's document. Errors: kInternal where the answer is no JSON.
[[nodiscard]] base::Result<nlohmann::json> KeptPredictionJson(const store::Prediction& prediction,
                                                              std::span<const store::Label> labels);

}  // namespace heartbeat::server
