#include "server/wire.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>

namespace heartbeat::server {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
constexpr std::size_t kFirstReadBytes = std::size_t{16} << 10;  // an idle client costs no more
// For what had arrived, and is still to be decrypted, when the server was told to stop.
constexpr std::chrono::milliseconds kLastRead{200};

}  // namespace

Wire::Wire(asio::ip::tcp::socket socket, asio::ssl::context* tls)
    : stream_(std::move(socket), tls), deadline_(stream_.socket()), buffer_(kBufferBytes) {}

std::string_view Wire::bytes() const {
  const auto data = buffer_.cdata();
  return {static_cast<const char*>(data.data()), data.size()};
}

asio::awaitable<error_code> Wire::Fill(std::size_t at_most) {
  const auto room = std::min(at_most, buffer_.max_size() - buffer_.size());
  error_code error = asio::error::no_buffer_space;
  if (room == 0) co_return error;
  const auto space = buffer_.prepare(room);
  error = {};
  const auto got = co_await stream_.ReadSome(space, error);
  buffer_.commit(got);
  if (got == 0 && !error) error = asio::error::eof;
  co_return error;
}

// Some clients end a form with one line end too many (RFC 9112, 2.2).
void Wire::DropEmptyLines() {
  while (bytes().starts_with("\r\n")) Consume(2);
}

asio::awaitable<bool> Wire::AwaitRequest(std::chrono::milliseconds patience) {
  DropEmptyLines();
  Arm(patience);
  error_code error;
  while (!error && !aborted_ && (bytes().empty() || bytes() == "\r")) {
    if (draining_) {
      if (!stream_.HasInput()) break;
      Arm(kLastRead);
    }
    idle_ = !draining_;
    error = co_await Fill(kFirstReadBytes);
    idle_ = false;
    if (draining_ && !expired() && error == asio::error::operation_aborted) error = {};
    DropEmptyLines();
  }
  Disarm();
  co_return !error && !aborted_ && !bytes().empty();
}

asio::awaitable<void> Wire::Linger(std::chrono::milliseconds patience) {
  if (aborted_) co_return;
  Arm(patience);
  co_await stream_.SendEnd();
  if (!expired() && !aborted_) co_await stream_.DropRest();
  Disarm();
}

asio::awaitable<void> Wire::SayEnd(std::chrono::milliseconds patience) {
  if (aborted_) co_return;
  Arm(patience);
  co_await stream_.SendEnd();
  Disarm();
}

void Wire::Drain() {
  draining_ = true;
  error_code ignored;
  if (idle_) stream_.socket().cancel(ignored);
  if (on_drain_) on_drain_();
}

void Wire::Abort() {
  aborted_ = true;
  stream_.Close();
  if (on_abort_) on_abort_();
}

}  // namespace heartbeat::server
