#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "server/client_origin.h"
#include "server/gate.h"
#include "server/request_observer.h"
#include "server/router.h"
#include "server/server_options.h"
#include "server/work_pool.h"

namespace boost::asio::ssl {
class context;
}

namespace heartbeat::server {

// What every connection shares; outlives them all.
struct ConnectionContext {
  const ServerOptions& options;
  const Router& router;
  WorkPool& pool;
  const std::vector<AddressRange>& trusted_proxies;
  boost::asio::ssl::context* tls;  // nullptr: in the clear
  const Doorkeepers& keepers;
  const std::vector<std::shared_ptr<RequestObserver>>& observers;
  std::atomic<std::size_t>& requests_in_flight;
  const std::atomic<bool>& stopping;  // no connection is kept any longer
};

enum class Welcome {
  kServe,
  kRefuse,  // there are too many: 503, then close
};

// One client, from accept to close: a coroutine on a strand of its own.
class Connection {
 public:
  virtual ~Connection() = default;
  // Call once. `done` is called once, on the connection's strand.
  virtual void Start(Welcome welcome, std::function<void()> done) = 0;
  // Closes as soon as no request is in flight. Thread-safe.
  virtual void Drain() = 0;
  // Closes now. Thread-safe.
  virtual void Abort() = 0;
};

// `socket`: its executor is a strand.
[[nodiscard]] std::shared_ptr<Connection> MakeConnection(boost::asio::ip::tcp::socket socket,
                                                         const ConnectionContext& context);

}  // namespace heartbeat::server
