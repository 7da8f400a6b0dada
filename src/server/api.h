#pragma once

#include "server/host.h"
#include "server/predictor.h"
#include "server/router.h"
#include "server/server_options.h"

namespace heartbeat::server {

// Every route of the API. `predictor` and `host` must outlive the router.
[[nodiscard]] Router MakeApi(const ServerOptions& options, const Predictor& predictor, Host& host);

}  // namespace heartbeat::server
