#pragma once

#include <chrono>
#include <memory>

#include "base/clock.h"
#include "server/event_hub.h"
#include "server/host.h"
#include "server/metrics.h"
#include "server/predictor.h"
#include "server/server_options.h"
#include "store/store.h"

namespace heartbeat::server {

class Access;
class ModelSwitch;
class Retraining;

// What the routes share. Made with the router, which keeps it.
struct ApiContext {
  ServerOptions options;
  const Predictor* predictor = nullptr;  // both outlive the router; nullptr where routes are only
  Host* host = nullptr;                  // listed and no handler is called
  store::Store* history = nullptr;       // outlives the router too; nullptr: nothing is kept
  // Both are nullptr where nothing is kept; they outlive the router.
  ModelSwitch* models = nullptr;
  Retraining* retraining = nullptr;
  Access* access = nullptr;  // outlives the router as well; nullptr: nobody has to log in
  std::shared_ptr<Metrics> metrics = std::make_shared<Metrics>();
  std::shared_ptr<EventHub> events = std::make_shared<EventHub>();
  std::chrono::system_clock::time_point started_at = std::chrono::system_clock::now();
  base::Stopwatch uptime;
};
using ApiContextPtr = std::shared_ptr<const ApiContext>;

}  // namespace heartbeat::server
