#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// GET /models, POST /models/{version}/promote.
void AddModelChoiceRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
