#include "server/http_answer.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <utility>

#include "server/http_date.h"

namespace heartbeat::server {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kNoContent = 204;
constexpr int kNotModified = 304;

template <typename Message>
void SetHeaders(Message& message, const Response& response, const AnswerFraming& framing) {
  message.version(11);
  message.result(static_cast<unsigned>(response.status));
  message.set(http::field::server, "HeartBeat");
  message.set(http::field::date, FormatHttpDate(std::chrono::system_clock::now()));
  message.set("X-Request-Id", framing.request_id);
  message.set("X-Content-Type-Options", "nosniff");
  message.set(http::field::cache_control, "no-store");
  if (!response.content_type.empty()) {
    message.set(http::field::content_type, response.content_type);
  }
  for (const auto& [name, value] : response.headers) message.set(name, value);
  if (!framing.connection.empty()) message.set(http::field::connection, framing.connection);
  if (response.status != kNoContent && response.status != kNotModified)
    message.content_length(response.body.size());
}

// Beast says "end of stream" after a message that ends its connection.
bool IsWritten(const error_code& error) { return !error || error == http::error::end_of_stream; }

}  // namespace

// GCC 12 miscompiles some temporaries inside co_await expressions: every argument of one is named.
asio::awaitable<bool> WriteAnswer(tcp::socket& socket, Response& response,
                                  const AnswerFraming& framing) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  if (framing.head_only) {
    http::response<http::empty_body> message;
    SetHeaders(message, response, framing);
    co_await http::async_write(socket, message, token);
  } else {
    http::response<http::string_body> message;
    SetHeaders(message, response, framing);
    message.body() = std::move(response.body);
    co_await http::async_write(socket, message, token);
  }
  co_return IsWritten(error);
}

asio::awaitable<bool> WriteContinue(tcp::socket& socket) {
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const auto bytes = asio::buffer(kContinue);
  co_await asio::async_write(socket, bytes, token);
  co_return !error;
}

}  // namespace heartbeat::server
