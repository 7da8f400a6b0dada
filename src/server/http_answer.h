#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/message.h"

namespace heartbeat::server {

struct AnswerFraming {
  std::string_view request_id;
  std::string_view trace_response;  // "" where the request was not traced
  std::string_view connection;      // "close", "keep-alive" or "" for what the version implies
  bool is_https = false;            // as the client sees it
  // HTTP/1.0 knows no chunks: a body of unknown length then ends with the connection.
  bool may_chunk = true;
};

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// Status line and header fields, up to the empty line, with the fields that every answer has, among
// them what keeps other pages from it (docs/keys.md lists them); one of the response's own goes
// before one of those. A control character in a value, which could begin
// another field, becomes a blank.
[[nodiscard]] std::string FormatAnswerHead(const Response& response, const AnswerFraming& framing);

// How long the body is; nullopt where only its end tells.
[[nodiscard]] std::optional<std::uint64_t> BodyBytes(const Response& response);

// What stands before so many bytes of a chunked body, behind them, and at its end (RFC 9112, 7.1).
[[nodiscard]] std::string FormatChunkHead(std::size_t bytes);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// Whether a status has an answer with a body at all (RFC 9110, 6.4.1).
[[nodiscard]] bool MayHaveBody(int status);

}  // namespace heartbeat::server
