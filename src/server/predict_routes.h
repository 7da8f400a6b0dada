#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// /predict.
void AddPredictRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
