#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>

#include "server/api_context.h"

namespace heartbeat::server {

// How busy the server is: `LoadEvent` of the API's document. `context` has a host; `listeners` of
// the requests in flight are no work. Thread-safe, and from memory at once.
[[nodiscard]] nlohmann::json LoadJson(const ApiContext& context, std::size_t listeners = 0);

}  // namespace heartbeat::server
