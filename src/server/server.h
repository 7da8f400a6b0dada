#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "server/host.h"
#include "server/predictor.h"
#include "server/router.h"
#include "server/server_options.h"

namespace heartbeat::server {

// The REST API over HTTP/1.1, in the clear or in TLS.
class Server {
 public:
  // Takes the port, opens the history, then loads the model; a model that is missing or broken does
  // not fail this: it is logged, and /health says `model_loaded: false`. From here on clients can
  // connect; Run answers them. Errors: those of ServerOptions::Validate, LoadTls, Access::Open and
  // AuditTrail::Open; kIo where the port cannot be taken or the history cannot be opened.
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> Create(const ServerOptions& options);
  // The same with another predictor than the model of `options.model_path`; never null.
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> Create(
      const ServerOptions& options, std::unique_ptr<const Predictor> predictor);
  // The same with other routes than the API's, without a model and without a history.
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> Create(
      const ServerOptions& options, const std::function<Router(Host&)>& make_routes);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // The port in use, also where the options asked for any.
  [[nodiscard]] std::uint16_t port() const;
  // Name and version of the model, such as "heartbeat 0.1.0"; "" where none is loaded.
  [[nodiscard]] std::string ModelLabel() const;

  // Serves until Stop, SIGINT or SIGTERM; then takes no more connections, finishes the requests in
  // flight for up to drain_timeout (a second signal: no longer), and returns. Call it once. Ignores
  // SIGPIPE from then on. With keys, SIGHUP reads them again. Errors: kInternal where threads
  // cannot be started.
  [[nodiscard]] base::Result<void> Run();
  // Makes Run return, also where it has not begun. Thread-safe.
  void Stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  static base::Result<std::unique_ptr<Server>> Bind(const ServerOptions& options);
  std::unique_ptr<Impl> impl_;
};

}  // namespace heartbeat::server
