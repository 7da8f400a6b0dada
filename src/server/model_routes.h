#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// /model, /visualizations/class-distribution.
void AddModelRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
