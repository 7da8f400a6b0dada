#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/records.h"

namespace heartbeat::server {

// The label that the JSON object `text` holds, given now; its prediction_id is empty.
// `otherwise_by`: who says so where the object does not; may be empty. Errors, none of which
// repeats a value: kBadRequest for what is no object of the texts `label`, `by` and `comment`,
// kInvalidArgument for values that no label has.
[[nodiscard]] base::Result<store::Label> ParseLabel(const std::string& text,
                                                    std::string_view otherwise_by);

}  // namespace heartbeat::server
