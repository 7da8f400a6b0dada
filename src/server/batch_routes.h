#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// /batch-predict.
void AddBatchRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
