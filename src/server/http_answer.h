#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string_view>

#include "server/message.h"

namespace heartbeat::server {

struct AnswerFraming {
  std::string_view request_id;
  bool head_only = false;       // the answer to HEAD: the same header without the body
  std::string_view connection;  // "close", "keep-alive" or "" for what the version implies
};

// Writes an HTTP/1.1 answer with the headers that every answer has. False where the client is gone.
// Moves the body out of `response`; both must live until the coroutine is done.
[[nodiscard]] boost::asio::awaitable<bool> WriteAnswer(boost::asio::ip::tcp::socket& socket,
                                                       Response& response,
                                                       const AnswerFraming& framing);

// "100 Continue": the client may send its body.
[[nodiscard]] boost::asio::awaitable<bool> WriteContinue(boost::asio::ip::tcp::socket& socket);

}  // namespace heartbeat::server
