#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/message.h"

namespace heartbeat::server {

// A traceparent header (W3C Trace Context, 3.2): lower-case hexadecimal digits throughout.
struct TraceParent {
  std::string trace_id;   // 32 digits, not all zero
  std::string parent_id;  // 16 digits, not all zero
  std::string flags;      // 2 digits
};

// nullopt where the text is not one. Of a version above 00 what 00 knows is taken, as the standard
// asks.
[[nodiscard]] std::optional<TraceParent> ParseTraceParent(std::string_view text);

// By what a request is found again: in its answer, in the log, and in the traces of other programs.
struct RequestIdentity {
  std::string id;              // the client's X-Request-Id, or a new UUID
  std::string trace_id;        // the client's, or a new one
  std::string parent_id;       // the client's span; "" where the client does not trace
  std::string trace_response;  // the answer's traceresponse header; "" likewise
};

// Takes over what the client sent where it is well-formed and stands there once: X-Request-Id of 1
// to 128 characters of A-Z a-z 0-9 . _ : -, and traceparent. Never fails: what is not well-formed
// is ignored.
[[nodiscard]] RequestIdentity IdentityOf(const Fields& fields);

}  // namespace heartbeat::server
