#include "server/dispatch.h"

#include <exception>
#include <string>
#include <utility>

#include "base/log.h"
#include "server/problem.h"

namespace heartbeat::server {
namespace {

constexpr int kOurFailure = 500;

base::Result<Response> Call(const std::function<base::Result<Response>()>& answer) {
  try {
    return answer();
  } catch (const std::exception& failure) {
    return base::Fail(base::ErrorCode::kInternal,
                      std::string("an exception reached the boundary: ") + failure.what());
  } catch (...) {
    return base::Fail(base::ErrorCode::kInternal, "an unknown exception reached the boundary");
  }
}

}  // namespace

Response Guard(std::string_view request_id, const std::function<base::Result<Response>()>& answer) {
  auto answered = Call(answer);
  return answered ? *std::move(answered) : AnswerError(answered.error(), request_id);
}

Response Dispatch(const Route& route, Request& request) {
  return Guard(request.id, [&] { return route.handler(request); });
}

void DispatchLater(const Route& route, std::shared_ptr<Request> request,
                   std::function<void(Response)> answer) {
  const std::string id = request->id;
  const auto begun = Call([&]() -> base::Result<Response> {
    route.start(std::move(request), [id, answer](base::Result<Response> given) {
      answer(given ? *std::move(given) : AnswerError(given.error(), id));
    });
    return Response{};
  });
  if (!begun) answer(AnswerError(begun.error(), id));
}

void LogIfOurs(const base::Error& error, std::string_view request_id) {
  if (base::HttpStatus(error.code) != kOurFailure) return;
  base::LogError("request " + std::string(request_id) + " failed: " + error.message);
}

Response AnswerError(const base::Error& error, std::string_view request_id) {
  LogIfOurs(error, request_id);
  return ProblemResponse(error, request_id);
}

}  // namespace heartbeat::server
