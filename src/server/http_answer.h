#pragma once

#include <string>
#include <string_view>

#include "server/message.h"

namespace heartbeat::server {

struct AnswerFraming {
  std::string_view request_id;
  std::string_view trace_response;  // "" where the request was not traced
  std::string_view connection;      // "close", "keep-alive" or "" for what the version implies
};

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// Status line and header fields, up to the empty line, with the fields that every answer has; one
// of the response's own goes before one of those. A control character in a value, which could begin
// another field, becomes a blank.
[[nodiscard]] std::string FormatAnswerHead(const Response& response, const AnswerFraming& framing);

// Whether a status has an answer with a body at all (RFC 9110, 6.4.1).
[[nodiscard]] bool MayHaveBody(int status);

}  // namespace heartbeat::server
