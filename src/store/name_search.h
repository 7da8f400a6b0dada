#pragma once

#include <cstddef>
#include <vector>

#include "store/cursor.h"
#include "store/query.h"

namespace soci {
class session;
}

namespace heartbeat::store {

// SelectPositions for a filter with file_name_prefix. No index holds the predictions of each prefix
// by time, so two ways share the work. A prefix that many names have shows among the newest: those
// are looked at first. Else each day has its names in order, and the matching ones of a day are
// few: days are gone through from the newest, each with one look whether it has any. Throws
// soci::soci_error.
[[nodiscard]] std::vector<Position> SelectPositionsByName(soci::session& session,
                                                          const Filter& filter,
                                                          const Position& after, std::size_t limit);

}  // namespace heartbeat::store
