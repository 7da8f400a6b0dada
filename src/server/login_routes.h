#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// /login, /logout and /session: how people get in who have a browser.
void AddLoginRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
