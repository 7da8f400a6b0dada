#include "server/pool_call.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "server/dispatch.h"

namespace heartbeat::server {

namespace asio = boost::asio;

std::shared_ptr<PoolCall> PoolCall::Start(WorkPool& pool, const Route& route,
                                          std::shared_ptr<Request> request,
                                          const asio::any_io_executor& strand) {
  auto call = std::make_shared<PoolCall>(strand);
  request->abandoned = call->abandoned_.get_token();
  auto job = [call, request = std::move(request), &route, strand] {
    if (request->abandoned.stop_requested()) return;
    auto response = Dispatch(route, *request);
    asio::post(strand, [call, response = std::move(response)]() mutable {
      call->response_ = std::move(response);
      call->timer_.cancel();
    });
  };
  return pool.TrySubmit(std::move(job)) ? call : nullptr;
}

asio::awaitable<std::optional<Response>> PoolCall::Wait(std::chrono::milliseconds patience) {
  timer_.expires_after(patience);
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await timer_.async_wait(token);
  abandoned_.request_stop();
  co_return std::move(response_);
}

}  // namespace heartbeat::server
