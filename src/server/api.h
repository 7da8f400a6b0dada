#pragma once

#include <string>
#include <vector>

#include "server/host.h"
#include "server/predictor.h"
#include "server/router.h"
#include "server/server_options.h"
#include "store/store.h"

namespace heartbeat::server {

class Access;
class ModelSwitch;
class Retraining;

// What the routes work on. All outlive the router.
struct ApiParts {
  const Predictor& predictor;
  Host& host;
  store::Store* history = nullptr;  // nullptr: nothing is kept; then there are no others either
  ModelSwitch* models = nullptr;
  Retraining* retraining = nullptr;
  Access* access = nullptr;  // nullptr: nobody has to log in
};

// Every route of the API.
[[nodiscard]] Router MakeApi(const ServerOptions& options, const ApiParts& parts);

// The same routes to look at, without a server; their handlers must not be called.
[[nodiscard]] Router ListApi();

}  // namespace heartbeat::server
