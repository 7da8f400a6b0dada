#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// GET /predictions, /predictions.csv and /visualizations/prediction-history; GET and DELETE
// /predictions/{id}.
void AddHistoryRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
