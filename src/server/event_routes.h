#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// GET /events.
void AddEventRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
