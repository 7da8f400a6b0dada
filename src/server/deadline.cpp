#include "server/deadline.h"

#include <utility>

namespace heartbeat::server {
namespace {

constexpr std::chrono::milliseconds kRepeat{50};

}  // namespace

Deadline::Deadline(boost::asio::ip::tcp::socket& socket)
    : socket_(socket), timer_(socket.get_executor()) {}

void Deadline::Arm(std::shared_ptr<const void> owner, std::chrono::milliseconds duration) {
  expired_ = false;
  ++armed_;
  timer_.expires_after(duration);
  Wait(std::move(owner));
}

void Deadline::Disarm() {
  ++armed_;
  timer_.cancel();
}

// Cancels again and again: once may fall between two reads of one operation and be lost.
void Deadline::Wait(std::shared_ptr<const void> owner) {
  timer_.async_wait(
      [this, owner = std::move(owner), armed = armed_](const boost::system::error_code& error) {
        if (error || armed != armed_) return;
        expired_ = true;
        boost::system::error_code ignored;
        socket_.cancel(ignored);
        timer_.expires_after(kRepeat);
        Wait(owner);
      });
}

}  // namespace heartbeat::server
