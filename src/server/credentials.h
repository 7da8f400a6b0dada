#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/message.h"

namespace heartbeat::server {

// What a request says of who asks, as it came. The key goes before the cookie.
struct Credentials {
  std::optional<std::string> key;      // `Authorization: Bearer KEY`, else `X-API-Key: KEY`
  std::optional<std::string> session;  // the secret of the cookie
};

// Another scheme than Bearer is somebody else's, such as a proxy's. Of a header that stands there
// twice, no one can say which is meant: `key` is then "", which opens nothing. `scheme`: "https" or
// "http", as the client sees it; it chooses the cookie's name.
[[nodiscard]] Credentials CredentialsOf(const Fields& fields, std::string_view scheme);

// Of Set-Cookie. Over https the name begins with __Host-, so that no other host, such as one of the
// same domain, can have set it (RFC 6265bis, 4.1.3.2). HttpOnly, SameSite=Strict, for as long as
// the browser is open.
[[nodiscard]] std::string SessionCookie(std::string_view secret, std::string_view scheme);
// Takes it back.
[[nodiscard]] std::string EndedSessionCookie(std::string_view scheme);

}  // namespace heartbeat::server
