#include "server/admission.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "server/client_origin.h"
#include "server/header_value.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;

constexpr std::uint64_t kMaxUnaskedBodyBytes = std::uint64_t{64} << 10;

std::unexpected<Refusal> Refuse(ErrorCode code, std::string message, const Route* route = nullptr) {
  return std::unexpected(
      Refusal{.error = {.code = code, .message = std::move(message)}, .allow = {}, .route = route});
}

// What proxies and servers read differently is how requests are smuggled; none of it is accepted.
std::optional<std::string> FaultOfFraming(const RequestHead& head) {
  const auto hosts = head.fields.Count("Host");
  if (hosts > 1 || (hosts == 0 && !head.is_http_1_0)) {
    return "an HTTP/1.1 request needs exactly one Host header";
  }
  if (const auto* host = head.fields.Find("Host"); host != nullptr && !IsHost(*host)) {
    return "the Host header is no name or address with a port or without";
  }
  // Beast also takes "5, 5", which proxies before us may not.
  if (const auto* length = head.fields.Find("Content-Length")) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (head.fields.Count("Content-Length") > 1 || !std::ranges::all_of(*length, is_digit)) {
      return "there must be one Content-Length, a number";
    }
  }
  const auto* encoding = head.fields.Find("Transfer-Encoding");
  if (encoding == nullptr) return std::nullopt;
  if (head.is_http_1_0 || head.fields.Count("Transfer-Encoding") > 1 ||
      !EqualsIgnoringCase(Trim(*encoding), "chunked")) {
    return "the only Transfer-Encoding that is understood is `chunked`, in HTTP/1.1";
  }
  if (head.content_length) return "Content-Length and Transfer-Encoding exclude each other";
  return std::nullopt;
}

struct Target {
  std::string path;
  std::string query;
  std::string host;  // "" where the target is a path alone
};

// "/path?query", or the same behind "http://host" (RFC 9112, 3.2.2).
std::optional<Target> ParseTarget(std::string_view target) {
  if (target.find('#') != std::string_view::npos) return std::nullopt;
  Target parsed;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!EqualsIgnoringCase(target.substr(0, scheme.size()), scheme)) continue;
    const auto end = std::min(target.find_first_of("/?", scheme.size()), target.size());
    parsed.host = target.substr(scheme.size(), end - scheme.size());
    if (parsed.host.empty() || !IsHost(parsed.host)) return std::nullopt;
    target.remove_prefix(end);
    if (!target.starts_with('/')) parsed.path = "/";
    break;
  }
  const bool is_absolute = !parsed.host.empty();
  if (!is_absolute && !target.starts_with('/')) return std::nullopt;
  const auto question = target.find('?');
  parsed.path += target.substr(0, question);
  if (question != std::string_view::npos) parsed.query = target.substr(question + 1);
  if (!PercentDecode(parsed.path)) return std::nullopt;
  return parsed;
}

// What of `path` comes behind `base`; nullopt where it does not begin with it. As in the rest of a
// path, a character that is percent-encoded without need is the same.
std::optional<std::string> PathBelow(std::string_view base, std::string_view path) {
  if (base.empty()) return std::string(path);
  std::size_t end = 0;
  for (auto slashes = std::ranges::count(base, '/'); slashes > 0; --slashes) {
    end = std::min(path.find('/', end + 1), path.size());
  }
  if (PercentDecode(path.substr(0, end)) != base) return std::nullopt;
  return end == path.size() ? "/" : std::string(path.substr(end));
}

std::string AllMethods(const Router& router) {
  std::string all = "OPTIONS";
  for (const auto& route : router.routes()) {
    if (all.find(route.method) == std::string::npos) all += ", " + route.method;
    if (route.method == "GET" && all.find("HEAD") == std::string::npos) all += ", HEAD";
  }
  return all;
}

std::string TooLarge(std::uint64_t limit) {
  return "the request's body is larger than the " + std::to_string(limit) +
         " bytes that this address takes; send a shorter or compressed (FLAC, OGG) recording";
}

}  // namespace

std::expected<Admission, Refusal> Admit(const RequestHead& head, const Router& router,
                                        std::string_view base_path) {
  if (auto fault = FaultOfFraming(head)) {
    return Refuse(ErrorCode::kBadRequest, *std::move(fault));
  }
  Admission admission;
  admission.max_body_bytes = kMaxUnaskedBodyBytes;
  if (const auto* expect = head.fields.Find("Expect"); expect != nullptr && !head.is_http_1_0) {
    admission.expects_continue = EqualsIgnoringCase(Trim(*expect), "100-continue");
  }
  if (const auto* host = head.fields.Find("Host")) admission.host = *host;
  const bool asks_options = head.method == "OPTIONS";
  if (asks_options && head.target == "*") {
    admission.match.allow = AllMethods(router);
  } else {
    auto target = ParseTarget(head.target);
    if (!target) {
      return Refuse(ErrorCode::kBadRequest,
                    "the address of the request cannot be read; it must be a path such as /health "
                    "with well-formed %-escapes");
    }
    admission.query = std::move(target->query);
    if (!target->host.empty()) admission.host = std::move(target->host);
    if (const auto path = PathBelow(base_path, target->path)) {
      admission.match = router.Match(head.method, *path);
    }
    if (admission.match.allow.empty()) {
      return Refuse(ErrorCode::kNotFound, "there is nothing at this address");
    }
  }
  const Route* route = admission.match.route;
  if (route == nullptr && !asks_options) {
    auto refusal = Refuse(ErrorCode::kMethodNotAllowed,
                          "this address takes " + admission.match.allow + " only");
    refusal.error().allow = admission.match.allow;
    return refusal;
  }
  if (route != nullptr) admission.max_body_bytes = route->max_body_bytes;
  if (head.content_length.value_or(0) > admission.max_body_bytes) {
    return Refuse(ErrorCode::kBodyTooLarge, TooLarge(admission.max_body_bytes), route);
  }
  if (route == nullptr) return admission;
  if (route->form) {
    const auto* type = head.fields.Find("Content-Type");
    auto boundary = type == nullptr ? std::nullopt : MultipartParser::BoundaryOf(*type);
    if (!boundary) {
      const auto& keys = route->form->file_keys;
      const std::string key = keys.empty() ? "file" : keys.front();
      return Refuse(ErrorCode::kBadRequest,
                    "the body must be multipart/form-data with a boundary and a part named `" +
                        key + "`, as `curl -F " + key + "=@recording.wav` sends it",
                    route);
    }
    admission.boundary = *std::move(boundary);
  }
  if (route->ready) {
    if (auto ready = route->ready(); !ready) {
      return std::unexpected(
          Refusal{.error = std::move(ready).error(), .allow = {}, .route = route});
    }
  }
  return admission;
}

}  // namespace heartbeat::server
