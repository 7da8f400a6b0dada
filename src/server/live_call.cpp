#include "server/live_call.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace heartbeat::server {

namespace asio = boost::asio;

LiveCall::LiveCall(std::shared_ptr<LiveSource> source, const asio::any_io_executor& strand)
    : source_(std::move(source)), strand_(strand), timer_(strand) {}

// The thread that wakes us must not become the owner of the source, which it holds locked.
void LiveCall::ListenToSource() {
  if (std::exchange(listens_, true)) return;
  source_->OnReady([strand = strand_, weak = weak_from_this()] {
    asio::post(strand, [weak] {
      if (const auto self = weak.lock()) self->timer_.cancel();
    });
  });
}

asio::awaitable<base::Result<std::string>> LiveCall::Next(std::chrono::milliseconds) {
  ListenToSource();
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  // A wake-up is posted to this strand, so none falls between Take and the wait.
  while (!cancelled_) {
    auto taken = source_->Take();
    if (!taken) co_return std::string();
    if (!taken->empty()) co_return *std::move(taken);
    timer_.expires_at(asio::steady_timer::time_point::max());
    co_await timer_.async_wait(token);
  }
  co_return base::Fail(base::ErrorCode::kCancelled, "the connection ends");
}

}  // namespace heartbeat::server
