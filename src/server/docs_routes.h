#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// /openapi.json, which describes the routes that `router` has by then and these; /docs and its
// files.
void AddDocsRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
