#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// GET /predictions/{id}/explanation: what in its kept recording moved the model.
void AddExplanationRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
