#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// GET /predictions/{id}/audio: the recording as it was sent.
void AddRecordingRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
