#include "server/stream.h"

#include <openssl/ssl.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace heartbeat::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// The first byte of every TLS connection: a record that carries a handshake (RFC 8446, 5.1).
constexpr char kTlsHandshake = 0x16;
constexpr std::size_t kDropBytes = std::size_t{16} << 10;

}  // namespace

class Stream::Tls {
 public:
  Tls(tcp::socket& socket, asio::ssl::context& context) : stream(socket, context) {}

  asio::ssl::stream<tcp::socket&> stream;
};

// GCC 12 miscompiles some temporaries inside co_await expressions: every argument of one is named.

Stream::Stream(tcp::socket socket, asio::ssl::context* tls) : socket_(std::move(socket)) {
  if (tls != nullptr) tls_ = std::make_unique<Tls>(socket_, *tls);
}

Stream::~Stream() = default;

asio::awaitable<Stream::Opened> Stream::Open() {
  if (!tls_) co_return Opened::kReady;
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await socket_.async_wait(tcp::socket::wait_read, token);
  if (error) co_return Opened::kFailed;
  char first = 0;
  const auto space = asio::buffer(&first, 1);
  const auto got = socket_.receive(space, tcp::socket::message_peek, error);
  if (error || got == 0) co_return Opened::kFailed;
  if (first != kTlsHandshake) {
    tls_.reset();
    co_return Opened::kNotTls;
  }
  auto handshake_token = asio::redirect_error(asio::use_awaitable, error);
  co_await tls_->stream.async_handshake(asio::ssl::stream_base::server, handshake_token);
  is_established_ = !error;
  co_return error ? Opened::kFailed : Opened::kReady;
}

asio::awaitable<std::size_t> Stream::ReadSome(asio::mutable_buffer space, error_code& error) {
  auto token = asio::redirect_error(asio::use_awaitable, error);
  std::size_t got = 0;
  if (tls_) {
    got = co_await tls_->stream.async_read_some(space, token);
  } else {
    got = co_await socket_.async_read_some(space, token);
  }
  co_return got;
}

asio::awaitable<bool> Stream::Write(std::string_view first, std::string_view second) {
  const std::array<asio::const_buffer, 2> bytes = {asio::buffer(first), asio::buffer(second)};
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  if (tls_) {
    co_await asio::async_write(tls_->stream, bytes, token);
  } else {
    co_await asio::async_write(socket_, bytes, token);
  }
  co_return !error;
}

asio::awaitable<void> Stream::SendEnd() {
  error_code error;
  if (is_established_) {
    // As if the client's own end had come: then OpenSSL sends ours without waiting for it.
    SSL* native = tls_->stream.native_handle();
    SSL_set_shutdown(native, SSL_get_shutdown(native) | SSL_RECEIVED_SHUTDOWN);
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await tls_->stream.async_shutdown(token);
  }
  socket_.shutdown(tcp::socket::shutdown_send, error);
}

asio::awaitable<void> Stream::DropRest() {
  std::array<char, kDropBytes> dropped;
  const auto space = asio::buffer(dropped);
  error_code error;
  while (!error) {
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await socket_.async_read_some(space, token);
  }
}

bool Stream::HasInput() {
  error_code error;
  const bool decrypted = is_established_ && SSL_pending(tls_->stream.native_handle()) > 0;
  return decrypted || socket_.available(error) > 0;
}

void Stream::Close() {
  error_code ignored;
  socket_.close(ignored);
}

std::string Stream::PeerAddress() const {
  error_code error;
  const auto address = socket_.remote_endpoint(error).address();
  if (error) return {};
  // A socket for both IPs calls an IPv4 client ::ffff:192.0.2.1.
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace heartbeat::server
