#include "server/source_call.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

namespace heartbeat::server {

namespace asio = boost::asio;
using base::ErrorCode;
using base::Fail;

namespace {

base::Result<std::string> Make(BodySource& source) {
  try {
    return source.Next();
  } catch (const std::exception& failure) {
    return Fail(ErrorCode::kInternal,
                std::string("an exception left the rest of a body: ") + failure.what());
  }
}

}  // namespace

SourceCall::SourceCall(WorkPool& pool, std::shared_ptr<BodySource> source,
                       const asio::any_io_executor& strand)
    : pool_(pool), source_(std::move(source)), strand_(strand), timer_(strand) {}

asio::awaitable<base::Result<std::string>> SourceCall::Next(std::chrono::milliseconds patience) {
  made_.reset();
  pool_.Requeue([self = shared_from_this()] {
    auto made = Make(*self->source_);
    asio::post(self->strand_, [self, made = std::move(made)]() mutable {
      self->made_ = std::move(made);
      self->timer_.cancel();
    });
  });
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  timer_.expires_after(patience);
  if (!cancelled_) co_await timer_.async_wait(token);
  if (made_) co_return *std::move(made_);
  co_return Fail(ErrorCode::kCancelled, "what comes next took longer than an answer may");
}

}  // namespace heartbeat::server
