#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "server/message.h"
#include "server/router.h"

namespace heartbeat::server {

// The boundary between handlers and the wire: never throws but for want of memory. What a handler
// throws is answered as our own failure and told only to the log.
[[nodiscard]] Response Dispatch(const Route& route, Request& request);

// The same for a route that has `start`: `answer` is called once, on any thread.
void DispatchLater(const Route& route, std::shared_ptr<Request> request,
                   std::function<void(Response)> answer);

// The same boundary around anything else that answers the request with this id.
[[nodiscard]] Response Guard(std::string_view request_id,
                             const std::function<base::Result<Response>()>& answer);

// A line in the log where the failure is ours.
void LogIfOurs(const base::Error& error, std::string_view request_id);

// ProblemResponse, and a line in the log where the failure is ours.
[[nodiscard]] Response AnswerError(const base::Error& error, std::string_view request_id);

}  // namespace heartbeat::server
