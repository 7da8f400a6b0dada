#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/message.h"

namespace heartbeat::server {

// IP addresses that share their first bits, such as 10.0.0.0/8.
class AddressRange {
 public:
  // "ADDRESS" or "ADDRESS/BITS". Errors: kInvalidArgument.
  [[nodiscard]] static base::Result<AddressRange> Parse(std::string_view text);
  // False also where `address` is no IP address. An IPv4 address and the same in IPv6
  // (::ffff:192.0.2.1) are one.
  [[nodiscard]] bool Contains(std::string_view address) const;

 private:
  using Bytes = std::array<std::uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d
  AddressRange(const Bytes& first, unsigned bits) : first_(first), bits_(bits) {}

  Bytes first_;
  unsigned bits_;
};

// Who asks, and how they see the server.
struct Origin {
  std::string client_address;  // an IP address; "" where it is not known
  std::string scheme;          // "http" or "https"
  std::string host;            // with its port where that is not the scheme's; "" where not known
};

// `peer`: what the connection itself says. Only where its address is one of `trusted`, which are
// reverse proxies of ours, X-Forwarded-For, -Proto and -Host or Forwarded (RFC 7239) are believed;
// anyone else could write anything there. The client is the last hop that is not a trusted proxy.
// Where a request carries both kinds of header and they name different clients, neither is
// believed: our proxy writes one of them, and the other is the client's own.
[[nodiscard]] Origin OriginOf(const Origin& peer, const Fields& fields,
                              const std::vector<AddressRange>& trusted);

// Whether the text can stand in a Host header: name or address, with a port or without (RFC 9110,
// 7.2), up to 255 characters; "" too.
[[nodiscard]] bool IsHost(std::string_view text);

}  // namespace heartbeat::server
