#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// /metrics.
void AddMetricsRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
