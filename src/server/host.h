#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "server/request_observer.h"
#include "server/work_pool.h"

namespace heartbeat::server {

// How busy a server is at this moment.
struct ServerLoad {
  PoolLoad pool;
  std::size_t open_connections = 0;
  std::size_t max_connections = 0;
  std::size_t requests_in_flight = 0;  // from the end of a header to the end of its answer
};

// What the server lets its routes see and use of itself. Outlives the router and what it calls.
class Host {
 public:
  virtual ~Host() = default;
  // The threads on which routes of RunsOn::kWorkPool run. A handler may submit jobs of its own, and
  // must not wait for one that may still be queued: all threads could be waiting.
  [[nodiscard]] virtual WorkPool& pool() = 0;
  // Thread-safe.
  [[nodiscard]] virtual ServerLoad Load() const = 0;
  // From then on `observer`, never null, is told of finished requests. Only while the routes are
  // made.
  virtual void AddObserver(std::shared_ptr<RequestObserver> observer) = 0;
  // `callback` is called once, when the server begins to stop: for what would keep connections from
  // ending, or use this afterwards. It is quick and does not throw. Only while the routes are made.
  virtual void OnStop(std::function<void()> callback) = 0;
};

}  // namespace heartbeat::server
