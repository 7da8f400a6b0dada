#include "server/pool_call.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "server/dispatch.h"
#include "server/pieces.h"

namespace heartbeat::server {

namespace asio = boost::asio;

std::shared_ptr<PoolCall> PoolCall::Start(WorkPool& pool, const Route& route,
                                          std::shared_ptr<Request> request,
                                          const asio::any_io_executor& strand) {
  auto call = std::make_shared<PoolCall>(strand);
  request->abandoned = call->abandoned_.get_token();
  auto answer = [call, strand](Response response) {
    asio::post(strand, [call, response = std::move(response)]() mutable {
      call->response_ = std::move(response);
      call->timer_.cancel();
    });
  };
  auto job = [call, request = std::move(request), &route, &pool, answer = std::move(answer)] {
    if (request->abandoned.stop_requested()) return;
    if (route.make_pieces) {
      RunPieces(pool, route, request,
                {.on_piece = [call] { ++call->pieces_done_; }, .on_answer = answer});
    } else if (route.start) {
      DispatchLater(route, request, answer);
    } else {
      answer(Dispatch(route, *request));
    }
  };
  return pool.TrySubmit(std::move(job)) ? call : nullptr;
}

asio::awaitable<std::optional<Response>> PoolCall::Wait(std::chrono::milliseconds patience) {
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  std::size_t seen = 0;
  do {
    seen = pieces_done_;
    timer_.expires_after(patience);
    co_await timer_.async_wait(token);
  } while (!response_ && !cancelled_ && pieces_done_ != seen);
  abandoned_.request_stop();
  co_return std::move(response_);
}

}  // namespace heartbeat::server
