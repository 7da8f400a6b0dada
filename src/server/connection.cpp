#include "server/connection.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <string>
#include <utility>

#include "base/log.h"
#include "server/exchange.h"
#include "server/wire.h"

namespace heartbeat::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

void LogFailure(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& reason) {
    base::LogError(std::string("a connection failed: ") + reason.what());
  } catch (...) {
    base::LogError("a connection failed with an unknown exception");
  }
}

class HttpConnection final : public Connection,
                             public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(tcp::socket socket, const ConnectionContext& context)
      : context_(context), wire_(std::make_shared<Wire>(std::move(socket), context.tls)) {}

  void Start(Welcome welcome, std::function<void()> done) override {
    auto finish = [self = shared_from_this(),
                   done = std::move(done)](const std::exception_ptr& failure) {
      LogFailure(failure);
      self->wire_->OnDrain({});
      self->wire_->Disarm();
      self->wire_->stream().Close();
      done();
    };
    asio::co_spawn(wire_->executor(), Run(welcome), std::move(finish));
  }

  void Drain() override {
    asio::post(wire_->executor(), [wire = wire_] { wire->Drain(); });
  }

  void Abort() override {
    asio::post(wire_->executor(), [wire = wire_] { wire->Abort(); });
  }

 private:
  asio::awaitable<void> Run(Welcome welcome) {
    wire_->Arm(context_.options.header_timeout);
    const auto opened = co_await wire_->stream().Open();
    const bool is_silent = wire_->expired() || wire_->aborted();
    wire_->Disarm();
    if (is_silent) co_return;
    Next next = Next::kEnd;
    if (opened == Stream::Opened::kNotTls) {
      next = co_await AskForTls(*wire_, context_);
    } else if (opened == Stream::Opened::kReady && welcome == Welcome::kRefuse) {
      next = co_await TurnAway(*wire_, context_);
    } else if (opened == Stream::Opened::kReady) {
      next = co_await Serve();
    }
    if (next != Next::kGone) co_await wire_->Linger(context_.options.linger_timeout);
  }

  asio::awaitable<Next> Serve() {
    auto patience = context_.options.header_timeout;
    Next next = Next::kServe;
    while (next == Next::kServe) {
      const bool asked = co_await wire_->AwaitRequest(patience);
      if (!asked) {
        co_await wire_->SayEnd(context_.options.linger_timeout);
        co_return Next::kGone;
      }
      next = co_await ServeRequest(*wire_, context_);
      patience = context_.options.idle_timeout;
    }
    co_return next;
  }

  const ConnectionContext& context_;
  const std::shared_ptr<Wire> wire_;
};

}  // namespace

std::shared_ptr<Connection> MakeConnection(tcp::socket socket, const ConnectionContext& context) {
  return std::make_shared<HttpConnection>(std::move(socket), context);
}

}  // namespace heartbeat::server
