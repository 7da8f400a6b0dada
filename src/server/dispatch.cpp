#include "server/dispatch.h"

#include <exception>
#include <string>

#include "base/log.h"
#include "server/problem.h"

namespace heartbeat::server {
namespace {

constexpr int kOurFailure = 500;

base::Result<Response> Call(const Route& route, Request& request) {
  try {
    return route.handler(request);
  } catch (const std::exception& failure) {
    return base::Fail(base::ErrorCode::kInternal,
                      std::string("an exception reached the boundary: ") + failure.what());
  } catch (...) {
    return base::Fail(base::ErrorCode::kInternal, "an unknown exception reached the boundary");
  }
}

}  // namespace

Response Dispatch(const Route& route, Request& request) {
  auto answered = Call(route, request);
  return answered ? *std::move(answered) : AnswerError(answered.error(), request.id);
}

Response AnswerError(const base::Error& error, std::string_view request_id) {
  if (base::HttpStatus(error.code) == kOurFailure) {
    base::LogError("request " + std::string(request_id) + " failed: " + error.message);
  }
  return ProblemResponse(error, request_id);
}

}  // namespace heartbeat::server
