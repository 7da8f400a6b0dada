#include "server/problem.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

namespace heartbeat::server {
namespace {

constexpr int kOurFailure = 500;
constexpr int kUnavailable = 503;
constexpr std::string_view kRetryAfterSeconds = "1";
constexpr std::string_view kTypes = "/problems/";

struct Problem {
  int status;
  std::string_view name;
  std::string_view title;
  std::string_view detail;
  nlohmann::ordered_json more = nlohmann::ordered_json::object();  // members beside the standard's
};

// A client's own id need be no UUID, and then is one of ours to name: relative to this server.
std::string Instance(std::string_view request_id) {
  const bool is_uuid = request_id.size() == 36 && request_id[8] == '-' && request_id[13] == '-' &&
                       request_id[18] == '-' && request_id[23] == '-' &&
                       std::ranges::count(request_id, '-') == 4 &&
                       request_id.find_first_not_of("0123456789abcdefABCDEF-") == request_id.npos;
  return (is_uuid ? "urn:uuid:" : "/requests/") + std::string(request_id);
}

Response Build(const Problem& problem, std::string_view request_id) {
  nlohmann::ordered_json body = {
      {"type", std::string(kTypes) + std::string(problem.name)},
      {"title", problem.title},
      {"status", problem.status},
      {"detail", problem.detail},
      {"instance", Instance(request_id)},
  };
  body.update(problem.more);
  Response response;
  response.status = problem.status;
  response.content_type = "application/problem+json";
  response.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return response;
}

struct RefusalKind {
  int status;
  std::string_view name;
  std::string_view title;
};
constexpr std::array<RefusalKind, 4> kRefusals = {{
    {.status = 403, .name = "foreign-page", .title = "Foreign page"},
    {.status = 409, .name = "conflict", .title = "Conflict"},
    {.status = 422, .name = "too-few-recordings", .title = "Too few recordings"},
    {.status = 501, .name = "not-installed", .title = "Not installed"},
}};

constexpr std::array<RefusalKind, 3> kAccessRefusals = {{
    {.status = 401, .name = "unauthorized", .title = "Unauthorized"},
    {.status = 403, .name = "forbidden", .title = "Forbidden"},
    {.status = 429, .name = "rate-limited", .title = "Too many requests"},
}};

}  // namespace

std::string ProblemType(base::ErrorCode code) {
  return std::string(kTypes) + std::string(base::Name(code));
}

std::string ProblemDetail(const base::Error& error, std::string_view request_id) {
  if (base::HttpStatus(error.code) != kOurFailure) return error.message;
  return "the server failed and could not answer; its log tells why under the request id " +
         std::string(request_id);
}

Response ProblemResponse(const base::Error& error, std::string_view request_id) {
  const auto detail = ProblemDetail(error, request_id);
  auto response = Build({.status = base::HttpStatus(error.code),
                         .name = base::Name(error.code),
                         .title = base::Title(error.code),
                         .detail = detail},
                        request_id);
  if (error.code == base::ErrorCode::kQueueFull) {
    response.headers.Add("Retry-After", kRetryAfterSeconds);
  }
  return response;
}

Response OverloadResponse(std::string_view detail, std::string_view request_id) {
  auto response =
      Build({.status = kUnavailable, .name = "overloaded", .title = "Overloaded", .detail = detail},
            request_id);
  response.headers.Add("Retry-After", kRetryAfterSeconds);
  return response;
}

Response NotReadyResponse(std::string_view detail, const nlohmann::json& reasons,
                          std::string_view request_id) {
  auto response = Build({.status = kUnavailable,
                         .name = "not-ready",
                         .title = "Not ready",
                         .detail = detail,
                         .more = {{"reasons", reasons}}},
                        request_id);
  response.headers.Add("Retry-After", kRetryAfterSeconds);
  return response;
}

Response RouteRefusalResponse(RouteRefusal refusal, std::string_view detail,
                              std::string_view request_id) {
  const auto& kind = kRefusals.at(static_cast<std::size_t>(refusal));
  return Build({.status = kind.status, .name = kind.name, .title = kind.title, .detail = detail},
               request_id);
}

Response AccessProblemResponse(const AccessProblem& problem, std::string_view request_id) {
  const auto& kind = kAccessRefusals.at(static_cast<std::size_t>(problem.refusal));
  auto response = Build(
      {.status = kind.status, .name = kind.name, .title = kind.title, .detail = problem.detail},
      request_id);
  if (!problem.challenge.empty()) response.headers.Add("WWW-Authenticate", problem.challenge);
  if (problem.refusal == AccessRefusal::kRateLimited) {
    response.headers.Add("Retry-After", std::to_string(problem.retry_after_s));
  }
  return response;
}

}  // namespace heartbeat::server
