#include "server/exchange.h"

#include <boost/asio/error.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "server/admission.h"
#include "server/client_origin.h"
#include "server/dispatch.h"
#include "server/gate.h"
#include "server/http_answer.h"
#include "server/live_call.h"
#include "server/pool_call.h"
#include "server/problem.h"
#include "server/request_identity.h"
#include "server/request_parser.h"
#include "server/source_call.h"

namespace heartbeat::server {
namespace {

namespace asio = boost::asio;
using base::ErrorCode;
using boost::system::error_code;
using Event = RequestParser::Event;

constexpr std::size_t kHeadReadBytes = std::size_t{16} << 10;
constexpr std::size_t kBodyReadBytes = std::size_t{64} << 10;
// A body must bring this much in each body_timeout: a large upload over a slow line may take its
// time, but a trickle cannot hold a connection.
constexpr std::size_t kBodyProgressBytes = std::size_t{256} << 10;
// A live stream has no end that a server that stops could wait for: what its client does not take
// at once is not sent.
constexpr std::chrono::milliseconds kLastLiveWrite{1000};

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
class Exchange {
 public:
  Exchange(Wire& wire, const ConnectionContext& context)
      : wire_(wire),
        context_(context),
        parser_(context.options.max_header_bytes),
        gate_(context.keepers) {
    record_.method = "OTHER";
    record_.tls = wire.stream().is_tls();
    record_.scheme = record_.tls ? "https" : "http";
  }

  asio::awaitable<Next> Serve() {
    co_await ReadHead();
    if (IsOpen()) Judge();
    if (IsOpen()) co_await ReadBodyAndRun();
    keep_alive_ = keep_alive_ && parser_.done() && !context_.stopping;
    co_return co_await Conclude();
  }

  asio::awaitable<Next> Answer(Response response) {
    response_ = std::move(response);
    co_return co_await Conclude();
  }

  const std::string& Id() {
    if (identity_.id.empty()) SetIdentity({});
    return identity_.id;
  }

 private:
  // Whether there is still something to do for an answer, and somebody to have it.
  [[nodiscard]] bool IsOpen() const { return !response_ && !client_gone_; }

  void SetIdentity(const Fields& fields) {
    identity_ = IdentityOf(fields);
    record_.trace_id = identity_.trace_id;
    record_.parent_id = identity_.parent_id;
  }

  void Fail(const base::Error& error) { response_ = AnswerError(error, Id()); }
  void Fail(ErrorCode code, std::string message) {
    Fail(base::Error{.code = code, .message = std::move(message)});
  }
  void FailQueueFull() {
    Fail(ErrorCode::kQueueFull, "the server has as much work as it takes; try again in a moment");
  }

  // What a failed read means: a deadline, bytes that lead nowhere, or a client that is gone.
  void FailRead(const error_code& error, std::string_view what) {
    if (!wire_.aborted() && wire_.expired()) {
      Fail(ErrorCode::kRequestTimeout,
           "the " + std::string(what) + " took too long to arrive; send it again");
    } else if (!wire_.aborted() && error == asio::error::no_buffer_space) {
      Fail(ErrorCode::kBadRequest, "the " + std::string(what) + " has a line that is too long");
    } else {
      client_gone_ = true;
    }
  }

  asio::awaitable<void> ReadHead() {
    wire_.Arm(context_.options.header_timeout);
    while (IsOpen()) {
      const auto step = parser_.Parse(wire_.bytes());
      if (!step) {
        Fail(step.error());
        break;
      }
      wire_.Consume(step->used);
      if (step->event == Event::kHead) {
        TakeHead();
        break;
      }
      const error_code error = co_await wire_.Fill(kHeadReadBytes);
      if (error || wire_.expired()) FailRead(error, "request's header");
    }
    wire_.Disarm();
  }

  void TakeHead() {
    in_flight_.emplace(context_.requests_in_flight);
    const auto& head = parser_.head();
    SetIdentity(head.fields);
    keep_alive_ = head.keep_alive;
    gate_.KeepForCors(head.fields);
    origin_ = OriginOf(
        {.client_address = wire_.stream().PeerAddress(), .scheme = record_.scheme, .host = {}},
        head.fields, context_.trusted_proxies);
    record_.scheme = origin_.scheme;
  }

  void Judge() {
    const auto& head = parser_.head();
    auto admitted = Admit(head, context_.router, context_.options.base_path);
    const Route* route = admitted ? admitted->match.route : admitted.error().route;
    if (route != nullptr) {
      record_.route = route->pattern;
      record_.method = head.method;
    } else if (admitted) {
      record_.method = "OPTIONS";
    }
    std::optional<Refusal> refusal;
    if (admitted) {
      admission_ = *std::move(admitted);
    } else {
      refusal = std::move(admitted).error();
    }
    // Before what else is wrong with it: that is for those to know who may ask.
    if (route != nullptr) {
      response_ = gate_.Refuse(head, *route, origin_, Host(), PredictionId(), Id());
      if (gate_.is_flood()) keep_alive_ = false;
      if (response_) return;
    }
    if (refusal) {
      Fail(refusal->error);
      // Where a malformed request ends, and the next begins, is anybody's guess.
      if (refusal->error.code == ErrorCode::kBadRequest) keep_alive_ = false;
      if (!refusal->allow.empty()) response_->headers.Add("Allow", refusal->allow);
      return;
    }
    // Before a large upload, not after it.
    if (route != nullptr && route->runs_on == RunsOn::kWorkPool && context_.pool.IsFull()) {
      FailQueueFull();
    }
  }

  // That the address names; "" where it names none.
  [[nodiscard]] std::string PredictionId() const {
    const auto id = admission_.match.parameters.find("id");
    return id == admission_.match.parameters.end() ? std::string() : id->second;
  }

  [[nodiscard]] const std::string& Host() const {
    return origin_.host.empty() ? admission_.host : origin_.host;
  }

  asio::awaitable<void> ReadBodyAndRun() {
    auto request = std::make_shared<Request>();
    co_await ReadBody(*request);
    if (!IsOpen()) co_return;
    auto& match = admission_.match;
    if (match.route == nullptr) {
      response_ = Response{.status = 204, .content_type = {}, .body = {}, .headers = {}};
      response_->headers.Add("Allow", match.allow);
      co_return;
    }
    FillIn(*request);
    if (match.route->runs_on == RunsOn::kIoThread) {
      response_ = Dispatch(*match.route, *request);
    } else {
      co_await RunOnPool(*match.route, std::move(request));
    }
  }

  void FillIn(Request& request) {
    auto& head = parser_.head();
    request.id = identity_.id;
    request.method = head.method;
    request.base_path = context_.options.base_path;
    request.scheme = origin_.scheme;
    request.host = Host();
    request.client_address = origin_.client_address;
    request.caller = gate_.caller();
    request.headers = std::move(head.fields);
    request.query = std::move(admission_.query);
    request.parameters = std::move(admission_.match.parameters);
  }

  asio::awaitable<void> ReadBody(Request& request) {
    std::optional<FormReader> form;
    if (const Route* route = admission_.match.route; route != nullptr && route->form) {
      form.emplace(admission_.boundary, *route->form, context_.options.LimitsOfForms());
    }
    if (!parser_.done()) co_await ReceiveBody(form);
    if (!IsOpen()) co_return;
    request.body = std::move(body_);
    if (!form) co_return;
    auto finished = form->Finish();
    if (finished) {
      request.form = *std::move(finished);
    } else {
      Fail(finished.error());
    }
  }

  asio::awaitable<void> ReceiveBody(std::optional<FormReader>& form) {
    if (admission_.expects_continue && wire_.bytes().empty()) {
      wire_.Arm(context_.options.write_timeout);
      constexpr std::string_view kNothing;
      const bool sent = co_await wire_.stream().Write(kContinue, kNothing);
      client_gone_ = !sent;
      if (!sent) co_return;
    }
    wire_.Arm(context_.options.body_timeout);
    std::size_t since_armed = 0;
    while (IsOpen() && !parser_.done()) {
      const auto step = parser_.Parse(wire_.bytes());
      if (!step) {
        Fail(step.error());
        break;
      }
      if (step->event != Event::kNeedMore) {
        since_armed += step->body.size();
        TakeBody(step->body, form);
        wire_.Consume(step->used);
        if (since_armed < kBodyProgressBytes) continue;
        since_armed = 0;
        wire_.Arm(context_.options.body_timeout);
        continue;
      }
      wire_.Consume(step->used);
      const error_code error = co_await wire_.Fill(kBodyReadBytes);
      if (error || wire_.expired()) FailRead(error, "request's body");
    }
    wire_.Disarm();
  }

  void TakeBody(std::string_view body, std::optional<FormReader>& form) {
    record_.body_bytes_in += body.size();
    if (record_.body_bytes_in > admission_.max_body_bytes) {
      Fail(ErrorCode::kBodyTooLarge, "the request's body is larger than the " +
                                         std::to_string(admission_.max_body_bytes) +
                                         " bytes that this address takes");
    } else if (form && !body.empty()) {
      if (auto fed = form->Feed(body); !fed) Fail(fed.error());
    } else if (admission_.match.route != nullptr && admission_.match.route->keeps_body) {
      body_ += body;
    }
  }

  asio::awaitable<void> RunOnPool(const Route& route, std::shared_ptr<Request> request) {
    const auto call = PoolCall::Start(context_.pool, route, std::move(request), wire_.executor());
    if (!call) {
      FailQueueFull();
      co_return;
    }
    wire_.OnAbort([call] { call->Cancel(); });
    auto answered = co_await call->Wait(context_.options.answer_timeout);
    wire_.OnAbort({});
    client_gone_ = wire_.aborted();
    if (answered) {
      response_ = std::move(answered);
    } else {
      response_ = OverloadResponse("the answer took longer than this server waits; try again later",
                                   identity_.id);
    }
  }

  asio::awaitable<Next> Conclude() {
    record_.id = Id();
    const auto* outcome = response_ && !client_gone_ ? &*response_ : nullptr;
    if (auto instead = gate_.Note(outcome, record_.id)) response_ = std::move(instead);
    if (!client_gone_) co_await Write();
    record_.duration_s = stopwatch_.ElapsedSeconds();
    LogRequest(record_, context_.options.request_log);
    for (const auto& observer : context_.observers) observer->OnFinished(record_);
    if (client_gone_) co_return Next::kGone;
    co_return keep_alive_ ? Next::kServe : Next::kEnd;
  }

  asio::awaitable<void> Write() {
    const auto& head = parser_.head();
    AnswerFraming framing{
        .request_id = identity_.id, .trace_response = identity_.trace_response, .connection = {}};
    framing.may_chunk = !head.is_http_1_0;
    framing.is_https = record_.scheme == "https";
    if (!framing.may_chunk && !BodyBytes(*response_)) keep_alive_ = false;
    if (!keep_alive_) framing.connection = "close";
    if (keep_alive_ && head.is_http_1_0) framing.connection = "keep-alive";
    record_.status = response_->status;
    gate_.AddCors(*response_, admission_.match.allow);
    auto fields = FormatAnswerHead(*response_, framing);
    std::string_view body;
    if (head.method != "HEAD" && MayHaveBody(response_->status)) {
      if (response_->rest || response_->live) {
        co_await WriteInPieces(std::move(fields));
        co_return;
      }
      body = response_->body;
    }
    record_.body_bytes_out = body.size();
    wire_.Arm(context_.options.write_timeout);
    const bool written = co_await wire_.stream().Write(fields, body);
    wire_.Disarm();
    client_gone_ = !written;
  }

  std::shared_ptr<BodyCall> MakeBodyCall() {
    if (!response_->live) {
      return std::make_shared<SourceCall>(context_.pool, response_->rest, wire_.executor());
    }
    in_flight_.reset();  // what is never done is no work
    wire_.OnDrain([&wire = wire_] { wire.Arm(kLastLiveWrite); });
    return std::make_shared<LiveCall>(response_->live, wire_.executor());
  }

  void ArmForPiece() {
    const bool hurries = response_->live && context_.stopping;
    wire_.Arm(hurries ? kLastLiveWrite : context_.options.write_timeout);
  }

  // The head, the body and what comes behind it, as fast as the client takes it.
  asio::awaitable<void> WriteInPieces(std::string before) {
    const auto declared = BodyBytes(*response_);
    const bool chunked = !declared && !parser_.head().is_http_1_0;
    const auto call = MakeBodyCall();
    wire_.OnAbort([call] { call->Cancel(); });
    std::string piece = std::move(response_->body);
    while (true) {
      if (chunked && !piece.empty()) before += FormatChunkHead(piece.size());
      ArmForPiece();
      const bool written = co_await wire_.stream().Write(before, piece);
      wire_.Disarm();
      record_.body_bytes_out += piece.size();
      before = chunked && !piece.empty() ? kChunkEnd : "";
      client_gone_ = !written;
      if (client_gone_) break;
      auto next = co_await call->Next(context_.options.answer_timeout);
      client_gone_ = !next || wire_.aborted();
      if (!next && !wire_.aborted()) {
        base::LogError("request " + Id() + " failed within its answer: " + next.error().message);
      }
      if (client_gone_ || next->empty()) break;
      // What lasts for hours ends with the right to it, such as that of a key that is revoked.
      if (response_->live && !gate_.StillOpen()) break;
      piece = *std::move(next);
    }
    wire_.OnAbort({});
    wire_.OnDrain({});
    if (client_gone_) co_return;
    // Another length than was declared would be taken for a part of the next answer.
    client_gone_ = declared.value_or(record_.body_bytes_out) != record_.body_bytes_out;
    if (client_gone_ || !chunked) co_return;
    before += kLastChunk;
    ArmForPiece();
    constexpr std::string_view kNothing;
    const bool written = co_await wire_.stream().Write(before, kNothing);
    wire_.Disarm();
    client_gone_ = !written;
  }

  Wire& wire_;
  const ConnectionContext& context_;
  base::Stopwatch stopwatch_;
  RequestParser parser_;
  RequestIdentity identity_;
  Origin origin_;
  Admission admission_;
  RequestRecord record_;
  Gate gate_;
  std::string body_;  // of a route that keeps it
  bool keep_alive_ = false;
  bool client_gone_ = false;  // nobody is left to answer
  std::optional<Response> response_;
  std::optional<Counted> in_flight_;
};

}  // namespace

asio::awaitable<Next> ServeRequest(Wire& wire, const ConnectionContext& context) {
  Exchange exchange(wire, context);
  co_return co_await exchange.Serve();
}

asio::awaitable<Next> TurnAway(Wire& wire, const ConnectionContext& context) {
  Exchange exchange(wire, context);
  auto response = OverloadResponse(
      "this server has as many connections as it takes; try again in a moment", exchange.Id());
  co_return co_await exchange.Answer(std::move(response));
}

asio::awaitable<Next> AskForTls(Wire& wire, const ConnectionContext& context) {
  Exchange exchange(wire, context);
  const base::Error error{
      .code = ErrorCode::kBadRequest,
      .message = "this port speaks HTTPS only; begin the address with https://"};
  auto response = AnswerError(error, exchange.Id());
  co_return co_await exchange.Answer(std::move(response));
}

}  // namespace heartbeat::server
