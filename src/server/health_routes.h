#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// /health, /health/live, /health/ready, /uptime.
void AddHealthRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
