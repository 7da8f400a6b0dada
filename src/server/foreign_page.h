#pragma once

#include <string_view>

#include "server/message.h"

namespace heartbeat::server {

// What lets a page act on its user's behalf.
enum class ActsBy {
  kReach,   // nobody has to log in: it is enough that the browser reaches the server
  kCookie,  // the browser adds the cookie, whatever page asks
  kKey,     // the page knows a key: nobody else's is used
};

// Whether a browser asks this for a page of another origin, which must not change anything. A
// browser says so itself (Sec-Fetch-Site, W3C Fetch Metadata; no page can write that header). To
// addresses that are neither HTTPS nor this machine it does not, and for kCookie Origin is then
// compared with the server's own, which is `scheme` and `host` as the client sees them. Never for
// kKey, nor for programs, which say neither.
[[nodiscard]] bool IsOfForeignPage(const Fields& fields, ActsBy acts_by, std::string_view scheme,
                                   std::string_view host);

// GET, HEAD and OPTIONS change nothing.
[[nodiscard]] bool MayChangeSomething(std::string_view method);

}  // namespace heartbeat::server
