#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "server/message.h"

namespace heartbeat::server {

// The one place where an error becomes an answer (RFC 9457). `detail` is the error's message, but
// for a failure of ours (500) only the id under which the log has it. `request_id`: as
// RequestIdentity has it; a UUID becomes the `instance` urn:uuid:ID, any other /requests/ID.
[[nodiscard]] Response ProblemResponse(const base::Error& error, std::string_view request_id);

// The server cannot take this on now, whoever asks: 503 with Retry-After.
[[nodiscard]] Response OverloadResponse(std::string_view detail, std::string_view request_id);

}  // namespace heartbeat::server
