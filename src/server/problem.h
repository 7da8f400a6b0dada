#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "server/message.h"

namespace heartbeat::server {

// "/problems/unsupported-format": the stable `type` of a problem.
[[nodiscard]] std::string ProblemType(base::ErrorCode code);
// What a client may read of an error: its message, but for a failure of ours (500) only the id
// under which the log has it.
[[nodiscard]] std::string ProblemDetail(const base::Error& error, std::string_view request_id);

// The one place where an error becomes an answer (RFC 9457), with ProblemDetail as its `detail`.
// `request_id`: as RequestIdentity has it; a UUID becomes the `instance` urn:uuid:ID, any other
// /requests/ID.
[[nodiscard]] Response ProblemResponse(const base::Error& error, std::string_view request_id);

// The server cannot take this on now, whoever asks: 503 with Retry-After.
[[nodiscard]] Response OverloadResponse(std::string_view detail, std::string_view request_id);

// 503 with the `reasons` (an array of short names) as one more member.
[[nodiscard]] Response NotReadyResponse(std::string_view detail, const nlohmann::json& reasons,
                                        std::string_view request_id);

// What a route refuses although the request is well-formed, beside what base::ErrorCode names.
enum class RouteRefusal {
  kForeignPage,       // 403
  kConflict,          // 409
  kTooFewRecordings,  // 422
  kNotInstalled,      // 501
};
[[nodiscard]] Response RouteRefusalResponse(RouteRefusal refusal, std::string_view detail,
                                            std::string_view request_id);

// Why a caller is refused.
enum class AccessRefusal {
  kUnauthorized,  // 401 with WWW-Authenticate
  kForbidden,     // 403
  kRateLimited,   // 429 with Retry-After
};
struct AccessProblem {
  AccessRefusal refusal = AccessRefusal::kUnauthorized;
  std::string detail;
  std::string challenge;  // of WWW-Authenticate (RFC 6750, 3); "" where there is none
  int retry_after_s = 0;  // with kRateLimited
  Caller caller = {};     // as far as it is known
};
[[nodiscard]] Response AccessProblemResponse(const AccessProblem& problem,
                                             std::string_view request_id);

}  // namespace heartbeat::server
