#pragma once

#include <string>
#include <vector>

#include "server/host.h"
#include "server/predictor.h"
#include "server/router.h"
#include "server/server_options.h"
#include "store/store.h"

namespace heartbeat::server {

// Every route of the API. `predictor`, `history` (nullptr: nothing is kept) and `host` must outlive
// the router.
[[nodiscard]] Router MakeApi(const ServerOptions& options, const Predictor& predictor,
                             store::Store* history, Host& host);

// The same routes to look at, without a server; their handlers must not be called.
[[nodiscard]] Router ListApi();

}  // namespace heartbeat::server
