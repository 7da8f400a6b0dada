#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// The dashboard at / and what it consists of below /assets: the program's own, or read from
// options.web_dir at each request. Its views stand behind the `#` of its address, so that no path
// of the API is taken from it and an unknown path stays a problem.
void AddDashboardRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
