#pragma once

#include "server/api_context.h"
#include "server/router.h"

namespace heartbeat::server {

// GET /predictions/{id}/waveform and /predictions/{id}/spectrogram: the recording as it is drawn.
void AddSoundRoutes(Router& router, const ApiContextPtr& context);

}  // namespace heartbeat::server
