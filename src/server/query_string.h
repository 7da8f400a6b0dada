#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace heartbeat::server {

using QueryParameters = std::map<std::string, std::string, std::less<>>;

// What follows the `?` of an address (application/x-www-form-urlencoded), decoded; parameters with
// nothing behind their `=` are left out, as a form sends them for fields that were left empty.
// Errors: kInvalidArgument for a name that is not among `known`, which it lists, one that stands
// twice, an escape that is malformed, or a value that is not UTF-8 or holds NUL. No message repeats
// a value.
[[nodiscard]] base::Result<QueryParameters> ParseQuery(std::string_view query,
                                                       std::span<const std::string_view> known);

}  // namespace heartbeat::server
