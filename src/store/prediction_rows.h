#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/cursor.h"
#include "store/records.h"

namespace soci {
class session;
}

namespace heartbeat::store {

// Whether the prediction can be kept as it is. Errors: kInvalidArgument.
[[nodiscard]] base::Result<void> Check(const Prediction& prediction);

// The rest throw soci::soci_error and, where it says so, Refused.

// Adds the rows of a prediction that Check let through and of its recording. Refused
// (kInvalidArgument) where the id is there already.
void InsertPrediction(soci::session& session, const Prediction& prediction,
                      std::size_t recording_bytes);

// Those of `ids` that are there, in the order of `ids`.
[[nodiscard]] std::vector<Prediction> SelectPredictions(soci::session& session,
                                                        std::span<const std::string> ids,
                                                        bool with_answers);

// Refused (kNotFound) where it is not there.
void RequirePrediction(soci::session& session, std::string_view id);

// Deletes a prediction with its labels, and its recording's row where no other prediction has it;
// returns that recording's SHA-256 then. Refused (kNotFound).
std::optional<std::string> DeletePrediction(soci::session& session, std::string_view id);

void InsertAuditEntry(soci::session& session, const AuditEntry& entry);

}  // namespace heartbeat::store
