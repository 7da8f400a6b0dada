#include "server/connection.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "server/admission.h"
#include "server/deadline.h"
#include "server/dispatch.h"
#include "server/http_answer.h"
#include "server/pool_call.h"
#include "server/problem.h"
#include "server/request_log.h"

namespace heartbeat::server {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using base::ErrorCode;
using boost::system::error_code;
using Parser = http::request_parser<http::buffer_body>;

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
// A body must bring this much in each body_timeout: a large upload over a slow line may take its
// time, but a trickle cannot hold a connection.
constexpr std::size_t kBodyProgressBytes = std::size_t{256} << 10;

// Adds one to a count for as long as it lives.
class Counted {
 public:
  explicit Counted(std::atomic<std::size_t>& count) : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  std::atomic<std::size_t>& count_;
};

// One request and its answer.
struct Exchange {
  base::Stopwatch stopwatch;
  RequestHead head;
  Admission admission;
  RequestRecord record;
  bool keep_alive = false;
  bool client_gone = false;  // nobody is left to answer
  std::optional<Response> response;
  std::optional<Counted> in_flight;
};

class HttpConnection final : public Connection,
                             public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(tcp::socket socket, const ConnectionContext& context)
      : context_(context), socket_(std::move(socket)), deadline_(socket_) {}

  void Start(Welcome welcome, std::function<void()> done) override {
    auto finish = [self = shared_from_this(),
                   done = std::move(done)](const std::exception_ptr& failure) {
      self->LogFailure(failure);
      self->Disarm();
      error_code ignored;
      self->socket_.close(ignored);
      done();
    };
    if (welcome == Welcome::kServe) {
      asio::co_spawn(socket_.get_executor(), Serve(), std::move(finish));
    } else {
      asio::co_spawn(socket_.get_executor(), TurnAway(), std::move(finish));
    }
  }

  void Drain() override {
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      self->draining_ = true;
      error_code ignored;
      if (self->idle_) self->socket_.cancel(ignored);
    });
  }

  void Abort() override {
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      self->aborted_ = true;
      error_code ignored;
      self->socket_.close(ignored);
      if (self->pool_call_) self->pool_call_->Cancel();
    });
  }

 private:
  static void LogFailure(const std::exception_ptr& failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& reason) {
      base::LogError(std::string("a connection failed: ") + reason.what());
    } catch (...) {
      base::LogError("a connection failed with an unknown exception");
    }
  }

  void Arm(std::chrono::milliseconds duration) { deadline_.Arm(shared_from_this(), duration); }
  void Disarm() { deadline_.Disarm(); }

  asio::awaitable<void> Serve() {
    buffer_.reserve(kBufferBytes / 4);
    bool is_first = true;
    while (true) {
      const auto patience =
          is_first ? context_.options.header_timeout : context_.options.idle_timeout;
      is_first = false;
      const bool asked = co_await WaitForRequest(patience);
      if (!asked) co_return;
      Exchange exchange;
      co_await Answer(exchange);
      if (exchange.client_gone) co_return;
      if (!exchange.keep_alive) break;
    }
    co_await Linger();
  }

  asio::awaitable<void> TurnAway() {
    Exchange exchange;
    exchange.record.id = base::NewId();
    exchange.record.method = "OTHER";
    exchange.response =
        OverloadResponse("this server has as many connections as it takes; try again in a moment",
                         exchange.record.id);
    co_await Write(exchange);
    Finish(exchange);
    if (!exchange.client_gone) co_await Linger();
  }

  void Finish(Exchange& exchange) {
    exchange.record.duration_s = exchange.stopwatch.ElapsedSeconds();
    LogRequest(exchange.record, context_.options.request_log);
    for (const auto& observer : context_.observers) observer->OnFinished(exchange.record);
  }

  // False where the connection is to be closed without a word.
  asio::awaitable<bool> WaitForRequest(std::chrono::milliseconds patience) {
    if (buffer_.size() > 0) co_return true;  // pipelined behind the last request
    if (aborted_) co_return false;
    error_code error;
    std::size_t got = 0;
    auto space = buffer_.prepare(kBufferBytes / 4);
    if (!draining_) {
      idle_ = true;
      Arm(patience);
      auto token = asio::redirect_error(asio::use_awaitable, error);
      got = co_await socket_.async_read_some(space, token);
      Disarm();
      idle_ = false;
    }
    // A request that had already arrived when the server was told to stop is still answered.
    if (got == 0 && draining_ && !aborted_ && socket_.available(error) > 0) {
      got = socket_.read_some(space, error);
    }
    buffer_.commit(got);
    co_return got > 0;
  }

  asio::awaitable<void> Answer(Exchange& exchange) {
    exchange.record.id = base::NewId();
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(context_.options.max_header_bytes));
    parser.body_limit(boost::none);  // counted here, so that the answer can name the limit
    co_await ReadHead(parser, exchange);
    if (!exchange.response && !exchange.client_gone) Judge(exchange);
    if (!exchange.response && !exchange.client_gone) co_await ReadBodyAndRun(parser, exchange);
    if (!parser.is_done() || draining_) exchange.keep_alive = false;
    if (!exchange.client_gone) co_await Write(exchange);
    Finish(exchange);
  }

  void Fail(Exchange& exchange, ErrorCode code, std::string message) {
    const base::Error error{.code = code, .message = std::move(message)};
    exchange.response = AnswerError(error, exchange.record.id);
  }

  // What a failed read means: a deadline, a fault in the client's HTTP, or a client that is gone.
  void FailRead(Exchange& exchange, const error_code& error, std::string_view what) {
    const bool lost =
        error.category() != http::make_error_code(http::error::bad_method).category() ||
        error == http::error::end_of_stream || error == http::error::partial_message;
    if (!aborted_ && deadline_.expired()) {
      Fail(exchange, ErrorCode::kRequestTimeout,
           "the " + std::string(what) + " took too long to arrive; send it again");
    } else if (aborted_ || lost) {
      exchange.client_gone = true;
    } else {
      Fail(exchange, ErrorCode::kBadRequest,
           "the request is not well-formed HTTP/1.1: " + error.message());
    }
  }

  asio::awaitable<void> ReadHead(Parser& parser, Exchange& exchange) {
    Arm(context_.options.header_timeout);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await http::async_read_header(socket_, buffer_, parser, token);
    Disarm();
    exchange.record.method = "OTHER";
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      Fail(exchange, ErrorCode::kHeaderTooLarge,
           "the request's header is larger than " +
               std::to_string(context_.options.max_header_bytes) + " bytes");
      co_return;
    }
    if (error) {
      FailRead(exchange, error, "request's header");
      co_return;
    }
    exchange.in_flight.emplace(context_.requests_in_flight);
    const auto& message = parser.get();
    exchange.keep_alive = message.keep_alive();
    exchange.head.method = std::string(message.method_string());
    exchange.head.target = std::string(message.target());
    exchange.head.is_http_1_0 = message.version() < 11;
    exchange.head.chunked = parser.chunked();
    if (const auto length = parser.content_length()) exchange.head.content_length = *length;
    for (const auto& field : message) {
      exchange.head.fields.Add(std::string_view(field.name_string()),
                               std::string_view(field.value()));
    }
  }

  void Judge(Exchange& exchange) {
    auto admitted = Admit(exchange.head, context_.router);
    const Route* route = admitted ? admitted->match.route : admitted.error().route;
    if (route != nullptr) {
      exchange.record.route = route->pattern;
      exchange.record.method = exchange.head.method;
    } else if (admitted) {
      exchange.record.method = "OPTIONS";
    }
    if (!admitted) {
      const auto& error = admitted.error().error;
      exchange.response = AnswerError(error, exchange.record.id);
      // Where a malformed request ends, and the next begins, is anybody's guess.
      if (error.code == ErrorCode::kBadRequest) exchange.keep_alive = false;
      if (!admitted.error().allow.empty()) {
        exchange.response->headers.Add("Allow", admitted.error().allow);
      }
      return;
    }
    exchange.admission = *std::move(admitted);
    // Before a large upload, not after it.
    if (route != nullptr && route->runs_on == RunsOn::kWorkPool && context_.pool.IsFull()) {
      FailQueueFull(exchange);
    }
  }

  void FailQueueFull(Exchange& exchange) {
    Fail(exchange, ErrorCode::kQueueFull,
         "the server has as much work as it takes; try again in a moment");
  }

  asio::awaitable<void> ReadBodyAndRun(Parser& parser, Exchange& exchange) {
    auto request = std::make_shared<Request>();
    co_await ReadBody(parser, exchange, *request);
    if (exchange.response || exchange.client_gone) co_return;
    auto& match = exchange.admission.match;
    if (match.route == nullptr) {
      exchange.response = Response{.status = 204, .content_type = {}, .body = {}, .headers = {}};
      exchange.response->headers.Add("Allow", match.allow);
      co_return;
    }
    request->id = exchange.record.id;
    request->method = exchange.head.method;
    request->scheme = "http";
    if (const auto* host = exchange.head.fields.Find("Host")) request->host = *host;
    request->headers = std::move(exchange.head.fields);
    request->query = std::move(exchange.admission.query);
    request->parameters = std::move(match.parameters);
    if (match.route->runs_on == RunsOn::kIoThread) {
      exchange.response = Dispatch(*match.route, *request);
    } else {
      co_await RunOnPool(*match.route, std::move(request), exchange);
    }
  }

  asio::awaitable<void> ReadBody(Parser& parser, Exchange& exchange, Request& request) {
    std::optional<FormReader> form;
    if (const Route* route = exchange.admission.match.route; route != nullptr && route->form) {
      const FormLimits limits{.max_file_bytes = context_.options.max_file_bytes,
                              .memory_bytes = context_.options.spool_memory_bytes,
                              .folder = context_.options.spool_folder,
                              .multipart = {}};
      form.emplace(exchange.admission.boundary, *route->form, limits);
    }
    if (!parser.is_done()) co_await ReceiveBody(parser, exchange, form);
    if (exchange.response || exchange.client_gone || !form) co_return;
    auto finished = form->Finish();
    if (finished) {
      request.form = *std::move(finished);
    } else {
      exchange.response = AnswerError(finished.error(), exchange.record.id);
    }
  }

  asio::awaitable<void> ReceiveBody(Parser& parser, Exchange& exchange,
                                    std::optional<FormReader>& form) {
    if (exchange.admission.expects_continue && buffer_.size() == 0) {
      Arm(context_.options.write_timeout);
      const bool sent = co_await WriteContinue(socket_);
      exchange.client_gone = !sent;
      if (!sent) co_return;
    }
    std::vector<char> chunk(kBufferBytes);
    std::uint64_t received = 0;
    std::size_t since_armed = 0;
    Arm(context_.options.body_timeout);
    while (!parser.is_done()) {
      parser.get().body().data = chunk.data();
      parser.get().body().size = chunk.size();
      error_code error;
      auto token = asio::redirect_error(asio::use_awaitable, error);
      co_await http::async_read_some(socket_, buffer_, parser, token);
      if (error == http::error::need_buffer) error = {};
      if (error || deadline_.expired()) {
        FailRead(exchange, error, "request's body");
        break;
      }
      const std::size_t got = chunk.size() - parser.get().body().size;
      received += got;
      since_armed += got;
      exchange.record.body_bytes_in = received;
      if (received > exchange.admission.max_body_bytes) {
        Fail(exchange, ErrorCode::kBodyTooLarge,
             "the request's body is larger than the " +
                 std::to_string(exchange.admission.max_body_bytes) +
                 " bytes that this address takes");
        break;
      }
      if (form) {
        if (auto fed = form->Feed({chunk.data(), got}); !fed) {
          exchange.response = AnswerError(fed.error(), exchange.record.id);
          break;
        }
      }
      if (since_armed >= kBodyProgressBytes) {
        since_armed = 0;
        Arm(context_.options.body_timeout);
      }
    }
    Disarm();
  }

  asio::awaitable<void> RunOnPool(const Route& route, std::shared_ptr<Request> request,
                                  Exchange& exchange) {
    const asio::any_io_executor strand = socket_.get_executor();
    pool_call_ = PoolCall::Start(context_.pool, route, std::move(request), strand);
    if (!pool_call_) {
      FailQueueFull(exchange);
      co_return;
    }
    auto answered = co_await pool_call_->Wait(context_.options.answer_timeout);
    pool_call_.reset();
    exchange.client_gone = aborted_;
    if (answered) {
      exchange.response = std::move(answered);
    } else {
      exchange.response = OverloadResponse(
          "the answer took longer than this server waits; try again later", exchange.record.id);
    }
  }

  asio::awaitable<void> Write(Exchange& exchange) {
    AnswerFraming framing{.request_id = exchange.record.id,
                          .head_only = exchange.head.method == "HEAD",
                          .connection = {}};
    if (!exchange.keep_alive) framing.connection = "close";
    if (exchange.keep_alive && exchange.head.is_http_1_0) framing.connection = "keep-alive";
    auto& response = *exchange.response;
    exchange.record.status = response.status;
    if (!framing.head_only) exchange.record.body_bytes_out = response.body.size();
    Arm(context_.options.write_timeout);
    const bool written = co_await WriteAnswer(socket_, response, framing);
    Disarm();
    exchange.client_gone = !written;
  }

  // Closing while the client still sends would reset the connection, and the client could lose the
  // answer that it has not read yet: so what comes is read and dropped for a while.
  asio::awaitable<void> Linger() {
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    Arm(context_.options.linger_timeout);
    buffer_.clear();
    const auto space = buffer_.prepare(kBufferBytes / 4);
    while (!error && !deadline_.expired() && !aborted_) {
      auto token = asio::redirect_error(asio::use_awaitable, error);
      co_await socket_.async_read_some(space, token);
    }
    Disarm();
  }

  const ConnectionContext& context_;
  tcp::socket socket_;
  boost::beast::flat_buffer buffer_{kBufferBytes};
  Deadline deadline_;
  bool idle_ = false;
  bool draining_ = false;
  bool aborted_ = false;
  std::shared_ptr<PoolCall> pool_call_;
};

}  // namespace

std::shared_ptr<Connection> MakeConnection(tcp::socket socket, const ConnectionContext& context) {
  return std::make_shared<HttpConnection>(std::move(socket), context);
}

}  // namespace heartbeat::server
