#include "server/http_answer.h"

#include <array>
#include <boost/beast/http/status.hpp>
#include <charconv>
#include <chrono>

#include "server/http_date.h"

namespace heartbeat::server {
namespace {

namespace http = boost::beast::http;

void AddField(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ");
  for (const char c : value) {
    const auto code = static_cast<unsigned char>(c);
    head.push_back((code < 0x20 && c != '\t') || code == 0x7f ? ' ' : c);
  }
  head.append("\r\n");
}

// What no answer but a page needs more of. A recording may be opened in a tab of its own.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
    "'none'";
// The dashboard records; nothing else of a device is used.
constexpr std::string_view kPermissionsPolicy =
    "microphone=(self), camera=(), display-capture=(), geolocation=(), payment=(), usb=(), "
    "serial=()";
constexpr std::string_view kStrictTransportSecurity = "max-age=31536000";

}  // namespace

bool MayHaveBody(int status) { return status >= 200 && status != 204 && status != 304; }

std::optional<std::uint64_t> BodyBytes(const Response& response) {
  if (response.live) return std::nullopt;
  if (!response.rest) return response.body.size();
  if (!response.rest_bytes) return std::nullopt;
  return response.body.size() + *response.rest_bytes;
}

std::string FormatChunkHead(std::size_t bytes) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes, 16);
  return std::string(digits.data(), end.ptr).append("\r\n");
}

std::string FormatAnswerHead(const Response& response, const AnswerFraming& framing) {
  const auto reason =
      http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " +
                     std::string(reason.data(), reason.size()) + "\r\n";
  const auto add_default = [&](std::string_view name, std::string_view value) {
    if (!value.empty() && response.headers.Find(name) == nullptr) AddField(head, name, value);
  };
  add_default("Server", "HeartBeat");
  add_default("Date", FormatHttpDate(std::chrono::system_clock::now()));
  add_default("X-Request-Id", framing.request_id);
  add_default("traceresponse", framing.trace_response);
  add_default("X-Content-Type-Options", "nosniff");
  add_default("Cache-Control", "no-store");
  add_default("Content-Security-Policy", kContentSecurityPolicy);
  add_default("Referrer-Policy", "no-referrer");
  add_default("Permissions-Policy", kPermissionsPolicy);
  add_default("Cross-Origin-Resource-Policy", "same-origin");
  add_default("X-Frame-Options", "DENY");
  // Elsewhere browsers ignore both, and complain of the former.
  if (framing.is_https) {
    add_default("Cross-Origin-Opener-Policy", "same-origin");
    add_default("Strict-Transport-Security", kStrictTransportSecurity);
  }
  add_default("Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers) AddField(head, name, value);
  if (!framing.connection.empty()) AddField(head, "Connection", framing.connection);
  if (MayHaveBody(response.status)) {
    if (const auto bytes = BodyBytes(response)) {
      AddField(head, "Content-Length", std::to_string(*bytes));
    } else if (framing.may_chunk) {
      AddField(head, "Transfer-Encoding", "chunked");
    }
  }
  return head + "\r\n";
}

}  // namespace heartbeat::server
