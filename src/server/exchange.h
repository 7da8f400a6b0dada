#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "server/connection.h"
#include "server/wire.h"

namespace heartbeat::server {

enum class Next {
  kServe,  // the connection stays for another request
  kEnd,    // it ends in good order
  kGone,   // nobody is left at the other end
};

// Reads the request that has begun to arrive, answers it, and tells the log and the observers.
[[nodiscard]] boost::asio::awaitable<Next> ServeRequest(Wire& wire,
                                                        const ConnectionContext& context);

// Answers before any request is read: there are too many connections.
[[nodiscard]] boost::asio::awaitable<Next> TurnAway(Wire& wire, const ConnectionContext& context);

// The same for a client that speaks something else where TLS is due, most often HTTP.
[[nodiscard]] boost::asio::awaitable<Next> AskForTls(Wire& wire, const ConnectionContext& context);

}  // namespace heartbeat::server
