#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "store/cursor.h"
#include "store/query.h"

namespace soci {
class session;
}

namespace heartbeat::store {

// Before every prediction, in the order of a page.
[[nodiscard]] Position Newest();

// The at most `limit` newest predictions behind `after` that `filter` lets through, newest first.
// Throws soci::soci_error.
[[nodiscard]] std::vector<Position> SelectPositions(soci::session& session, const Filter& filter,
                                                    const Position& after, std::size_t limit);

// Class, verdict, label and patient reference of `filter` as SQL that leads no database to an index
// of theirs; begins with " AND " or is empty. The patient reference is the parameter :patient_ref.
[[nodiscard]] std::string Conditions(const Filter& filter, bool with_patient_ref);

}  // namespace heartbeat::store
