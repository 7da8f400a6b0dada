#pragma once

#include <nlohmann/json_fwd.hpp>

#include "server/api_context.h"

namespace heartbeat::server {

// How busy the server is: `LoadEvent` of the API's document. `context` has a host. Thread-safe, and
// from memory at once.
[[nodiscard]] nlohmann::json LoadJson(const ApiContext& context);

}  // namespace heartbeat::server
