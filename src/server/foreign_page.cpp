#include "server/foreign_page.h"

#include "server/problem.h"

namespace heartbeat::server {

std::optional<Response> RefuseForeignPage(const Request& request) {
  const auto* site = request.headers.Find("Sec-Fetch-Site");
  if (site == nullptr || *site == "same-origin" || *site == "none") return std::nullopt;
  return RouteRefusalResponse(
      RouteRefusal::kForeignPage,
      "a page of another origin may not ask this of the server; use its own "
      "dashboard, or a program",
      request.id);
}

}  // namespace heartbeat::server
