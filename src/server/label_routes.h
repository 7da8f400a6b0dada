#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// PUT /predictions/{id}/label: what a clinician says of a prediction.
void AddLabelRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
