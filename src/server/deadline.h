#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

namespace heartbeat::server {

// Ends what waits for a socket when its time is up, and leaves the socket open, so that the client
// can still be told. Used on the socket's strand only.
class Deadline {
 public:
  explicit Deadline(boost::asio::ip::tcp::socket& socket);

  // From now on, whatever waits for the socket ends with an error after `duration`. `owner` keeps
  // this and the socket alive for as long as the timer needs them.
  void Arm(std::shared_ptr<const void> owner, std::chrono::milliseconds duration);
  void Disarm();
  // Since it was last armed.
  [[nodiscard]] bool expired() const { return expired_; }

 private:
  void Wait(std::shared_ptr<const void> owner);

  boost::asio::ip::tcp::socket& socket_;
  boost::asio::steady_timer timer_;
  unsigned armed_ = 0;  // tells a late expiry from the present one
  bool expired_ = false;
};

}  // namespace heartbeat::server
