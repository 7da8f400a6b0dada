#pragma once

#include <optional>

#include "server/message.h"

namespace heartbeat::server {

// Nobody has to log in yet, and any page that a browser shows can send it here with a form. A
// browser says of a request which page it comes from (Sec-Fetch-Site, W3C Fetch Metadata): 403 for
// one of another origin. Nothing for all others, and for programs, which say nothing.
[[nodiscard]] std::optional<Response> RefuseForeignPage(const Request& request);

}  // namespace heartbeat::server
