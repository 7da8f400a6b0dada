#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "server/deadline.h"
#include "server/stream.h"

namespace heartbeat::server {

// A client's stream with what has arrived and was not used yet, the deadline of what waits for it,
// and whether the connection is to end. Used on the socket's strand only.
class Wire : public std::enable_shared_from_this<Wire> {
 public:
  // As Stream takes them.
  Wire(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls);

  [[nodiscard]] Stream& stream() { return stream_; }
  [[nodiscard]] boost::asio::any_io_executor executor() { return stream_.executor(); }

  // From now on, what waits for the stream fails after `duration`.
  void Arm(std::chrono::milliseconds duration) { deadline_.Arm(shared_from_this(), duration); }
  void Disarm() { deadline_.Disarm(); }
  [[nodiscard]] bool expired() const { return deadline_.expired(); }

  // What has arrived.
  [[nodiscard]] std::string_view bytes() const;
  void Consume(std::size_t count) { buffer_.consume(count); }
  // Waits for more, at most so much at a time. Errors: as Stream::ReadSome; no_buffer_space where
  // as much as is kept has arrived.
  [[nodiscard]] boost::asio::awaitable<boost::system::error_code> Fill(std::size_t at_most);

  // False where the client has sent nothing by the end of `patience`, has ended, or the connection
  // is to end. What arrived before it was to end still counts.
  [[nodiscard]] boost::asio::awaitable<bool> AwaitRequest(std::chrono::milliseconds patience);
  // The connection's end: tells the client, and takes for up to `patience` what it still sends.
  // Closing at once would reset the connection, and the client could lose an answer that it has not
  // read yet.
  [[nodiscard]] boost::asio::awaitable<void> Linger(std::chrono::milliseconds patience);
  // The same between two requests, where nothing can be lost: does not wait for the client.
  [[nodiscard]] boost::asio::awaitable<void> SayEnd(std::chrono::milliseconds patience);

  // To end as soon as no request is in flight.
  void Drain();
  // Ends now: whatever waits fails, and `callback` of OnAbort is called.
  void Abort();
  [[nodiscard]] bool aborted() const { return aborted_; }
  void OnAbort(std::function<void()> callback) { on_abort_ = std::move(callback); }
  // `callback` is called by Drain.
  void OnDrain(std::function<void()> callback) { on_drain_ = std::move(callback); }

 private:
  void DropEmptyLines();

  Stream stream_;
  Deadline deadline_;
  boost::beast::flat_buffer buffer_;
  std::function<void()> on_abort_;
  std::function<void()> on_drain_;
  bool idle_ = false;  // between two requests
  bool draining_ = false;
  bool aborted_ = false;
};

}  // namespace heartbeat::server
