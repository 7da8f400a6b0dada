// Any bytes as the headers by which proxies and tracing programs tell who asks: nobody but a
// trusted proxy is believed, and what is taken over is always well-formed.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "server/client_origin.h"
#include "server/request_identity.h"

namespace {

using heartbeat::server::AddressRange;
using heartbeat::server::Fields;
using heartbeat::server::Origin;

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsOf(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto everyone = AddressRange::Parse("::/0").value();
  static const std::vector<AddressRange> ours = {AddressRange::Parse("10.0.0.0/8").value(),
                                                 AddressRange::Parse("fd00::/8").value()};
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto range = AddressRange::Parse(text)) Require(!range->Contains("nonsense"));
  Fields fields;
  while (!text.empty()) {  // each line a header, named by its first letter
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty()) continue;
    constexpr std::string_view kNames[] = {"X-Forwarded-For",  "X-Forwarded-Proto", "Forwarded",
                                           "X-Forwarded-Host", "X-Request-Id",      "traceparent"};
    fields.Add(kNames[static_cast<unsigned char>(line.front()) % std::size(kNames)],
               line.substr(1));
  }

  const Origin stranger{.client_address = "203.0.113.5", .scheme = "http", .host = "h"};
  const auto same = OriginOf(stranger, fields, ours);
  Require(same.client_address == stranger.client_address && same.scheme == stranger.scheme &&
          same.host == stranger.host);
  const Origin proxy{.client_address = "10.0.0.1", .scheme = "http", .host = "h"};
  const auto origin = OriginOf(proxy, fields, ours);
  Require(everyone.Contains(origin.client_address));
  Require(origin.scheme == "http" || origin.scheme == "https");
  Require(heartbeat::server::IsHost(origin.host) && !origin.host.empty());

  const auto identity = heartbeat::server::IdentityOf(fields);
  Require(!identity.id.empty() && identity.id.size() <= 128);
  Require(IsOf(identity.id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-"));
  Require(identity.trace_id.size() == 32 && IsOf(identity.trace_id, "0123456789abcdef"));
  Require(identity.parent_id.empty() == identity.trace_response.empty());
  if (!identity.trace_response.empty()) {
    const auto answered = heartbeat::server::ParseTraceParent(identity.trace_response);
    Require(answered && answered->trace_id == identity.trace_id);
    Require(answered->parent_id != identity.parent_id);
  }
  return 0;
}
