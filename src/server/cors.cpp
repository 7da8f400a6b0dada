#include "server/cors.h"

#include <algorithm>

#include "server/client_origin.h"
#include "server/header_value.h"

namespace heartbeat::server {
namespace {

constexpr std::string_view kRequestHeaders =
    "Authorization, X-API-Key, Content-Type, X-Request-Id, traceparent, Last-Event-ID, Range, "
    "If-None-Match, If-Range";
constexpr std::string_view kAnswerHeaders =
    "X-Request-Id, Retry-After, ETag, Content-Range, Content-Disposition, Allow, WWW-Authenticate, "
    "traceresponse";
constexpr std::string_view kMaxAgeSeconds = "600";

// A browser writes a scheme and a host in lower case, and no port that is the scheme's.
bool IsOrigin(std::string_view text) {
  for (const auto& [scheme, port] :
       {std::pair<std::string_view, std::string_view>{"http://", ":80"}, {"https://", ":443"}}) {
    if (!text.starts_with(scheme)) continue;
    const auto host = text.substr(scheme.size());
    return !host.empty() && host.front() != ':' && host.back() != ':' && IsHost(host) &&
           host.find('*') == std::string_view::npos && !host.ends_with(port) &&
           ToLower(host) == host;
  }
  return false;
}

}  // namespace

base::Result<Cors> Cors::Parse(const std::vector<std::string>& origins) {
  for (const auto& origin : origins) {
    if (IsOrigin(origin)) continue;
    return base::Fail(
        base::ErrorCode::kInvalidArgument,
        "--cors-origin: \"" + origin +
            "\" is no origin; give one as browsers write it, such as "
            "https://viewer.example.org, without a path, a wildcard or the usual port");
  }
  Cors cors;
  cors.origins_ = origins;
  return cors;
}

bool Cors::Needs(std::string_view field) {
  return EqualsIgnoringCase(field, "Origin") ||
         EqualsIgnoringCase(field, "Access-Control-Request-Method");
}

bool Cors::Allows(const Fields& request) const {
  if (origins_.empty()) return false;
  const auto* origin = request.Find("Origin");
  return origin != nullptr && request.Count("Origin") == 1 &&
         std::ranges::find(origins_, *origin) != origins_.end();
}

void Cors::AddTo(Response& response, const Fields& request, std::string_view allow) const {
  if (origins_.empty()) return;
  response.headers.Add("Vary", "Origin");
  if (!Allows(request)) return;
  response.headers.Add("Access-Control-Allow-Origin", *request.Find("Origin"));
  response.headers.Add("Access-Control-Expose-Headers", kAnswerHeaders);
  if (allow.empty() || request.Find("Access-Control-Request-Method") == nullptr) return;
  response.headers.Add("Access-Control-Allow-Methods", allow);
  response.headers.Add("Access-Control-Allow-Headers", kRequestHeaders);
  response.headers.Add("Access-Control-Max-Age", kMaxAgeSeconds);
}

}  // namespace heartbeat::server
