#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "server/router.h"

namespace heartbeat::server {

// The OpenAPI 3.1 document of the routes. Paths, methods, operation ids, summaries and scopes are
// the table's; so are the problems that any route of its kind can answer with: those of every
// request, 429 for what runs on the pool, 503 for what may not be ready. What an operation takes
// and gives beside that stands in openapi/operations/<operation>.json, its schemas in
// openapi/schemas, problems in openapi/problems.json and the rest in openapi/document.json.
// `base_path`: "" or such as "/heartbeat". Throws where these pieces do not fit together, which is
// a mistake of ours that a test finds.
[[nodiscard]] nlohmann::ordered_json MakeOpenApi(const Router& router, std::string_view base_path);

}  // namespace heartbeat::server
