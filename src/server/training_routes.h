#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// POST /upload-training-data, POST /retrain, POST /retrain/stop, GET /training-status.
void AddTrainingRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
