#include "server/credentials.h"

#include "server/header_value.h"

namespace heartbeat::server {
namespace {

constexpr std::string_view kCookie = "heartbeat_session";
constexpr std::string_view kSecureCookie = "__Host-heartbeat_session";
constexpr std::string_view kBearer = "bearer";

std::string_view CookieName(std::string_view scheme) {
  return scheme == "https" ? kSecureCookie : kCookie;
}

std::string Attributes(std::string_view scheme) {
  return std::string("; Path=/; HttpOnly; SameSite=Strict") + (scheme == "https" ? "; Secure" : "");
}

// What follows "Bearer "; nullopt for another scheme.
std::optional<std::string> BearerOf(std::string_view authorization) {
  authorization = Trim(authorization);
  const auto blank = authorization.find(' ');
  if (!EqualsIgnoringCase(authorization.substr(0, blank), kBearer)) return std::nullopt;
  if (blank == std::string_view::npos) return std::string();
  return std::string(Trim(authorization.substr(blank)));
}

std::optional<std::string> CookieOf(const Fields& fields, std::string_view wanted) {
  for (const auto& [name, value] : fields) {
    if (!EqualsIgnoringCase(name, "Cookie")) continue;
    std::string_view left = value;
    while (!left.empty()) {
      const auto end = left.find(';');
      const auto pair = Trim(left.substr(0, end));
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == wanted) {
        return std::string(pair.substr(equals + 1));
      }
      left = end == std::string_view::npos ? std::string_view() : left.substr(end + 1);
    }
  }
  return std::nullopt;
}

std::optional<std::string> KeyOf(const Fields& fields) {
  if (fields.Count("Authorization") > 1 || fields.Count("X-API-Key") > 1) return std::string();
  if (const auto* authorization = fields.Find("Authorization")) {
    if (auto bearer = BearerOf(*authorization)) return bearer;
  }
  if (const auto* key = fields.Find("X-API-Key")) return std::string(Trim(*key));
  return std::nullopt;
}

}  // namespace

Credentials CredentialsOf(const Fields& fields, std::string_view scheme) {
  return {.key = KeyOf(fields), .session = CookieOf(fields, CookieName(scheme))};
}

std::string SessionCookie(std::string_view secret, std::string_view scheme) {
  return std::string(CookieName(scheme)).append("=").append(secret) + Attributes(scheme);
}

std::string EndedSessionCookie(std::string_view scheme) {
  return std::string(CookieName(scheme)) + "=" + Attributes(scheme) + "; Max-Age=0";
}

}  // namespace heartbeat::server
