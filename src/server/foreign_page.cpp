#include "server/foreign_page.h"

#include <string>

#include "server/header_value.h"

namespace heartbeat::server {
namespace {

// A browser leaves the usual port out; a proxy may write it.
std::string_view WithoutUsualPort(std::string_view host, std::string_view scheme) {
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (host.ends_with(port)) host.remove_suffix(port.size());
  return host;
}

bool IsOwn(std::string_view origin, std::string_view scheme, std::string_view host) {
  const auto own = std::string(scheme) + "://" + std::string(WithoutUsualPort(host, scheme));
  return EqualsIgnoringCase(origin, own);
}

}  // namespace

bool IsOfForeignPage(const Fields& fields, ActsBy acts_by, std::string_view scheme,
                     std::string_view host) {
  if (acts_by == ActsBy::kKey) return false;
  if (const auto* site = fields.Find("Sec-Fetch-Site")) {
    return *site != "same-origin" && *site != "none";
  }
  if (acts_by == ActsBy::kReach) return false;
  const auto* origin = fields.Find("Origin");
  return origin != nullptr && !IsOwn(*origin, scheme, host);
}

bool MayChangeSomething(std::string_view method) {
  return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

}  // namespace heartbeat::server
