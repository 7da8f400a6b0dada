#include "server/client_origin.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "server/header_value.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;
using Bytes = std::array<std::uint8_t, 16>;

constexpr unsigned kIPv4Offset = 96;  // bits of ::ffff:0:0 before an IPv4 address
constexpr std::size_t kMaxHost = 255;

struct Address {
  Bytes bytes{};
  bool is_v4 = false;
};

std::optional<Address> ParseAddress(std::string_view text) {
  const std::string name(text);
  if (name.find('\0') != std::string::npos) return std::nullopt;
  Address address;
  in_addr v4{};
  if (::inet_pton(AF_INET, name.c_str(), &v4) == 1) {
    address.is_v4 = true;
    address.bytes[10] = address.bytes[11] = 0xff;
    std::memcpy(address.bytes.data() + 12, &v4, 4);
    return address;
  }
  if (::inet_pton(AF_INET6, name.c_str(), address.bytes.data()) != 1) return std::nullopt;
  in6_addr v6{};
  std::memcpy(&v6, address.bytes.data(), sizeof v6);
  address.is_v4 = IN6_IS_ADDR_V4MAPPED(&v6);
  return address;
}

std::string Format(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.is_v4) {
    ::inet_ntop(AF_INET, address.bytes.data() + 12, text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
  }
  return text.data();
}

// What a proxy writes of a hop: "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80"; as
// an address alone. nullopt for "unknown" and "_hidden".
std::optional<std::string> AddressOfHop(std::string_view hop) {
  hop = Trim(hop);
  if (hop.starts_with('[')) {
    const auto end = hop.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    hop = hop.substr(1, end - 1);
  } else if (std::ranges::count(hop, ':') == 1) {
    hop = hop.substr(0, hop.find(':'));
  }
  const auto address = ParseAddress(hop);
  if (!address) return std::nullopt;
  return Format(*address);
}

// Elements of a list, over all fields of that name; a comma in quotes divides nothing.
std::vector<std::string> Elements(const Fields& fields, std::string_view name) {
  std::vector<std::string> elements;
  for (const auto& [field, value] : fields) {
    if (!EqualsIgnoringCase(field, name)) continue;
    std::string element;
    bool quoted = false;
    bool escaped = false;
    for (const char c : value) {
      if (c == ',' && !quoted) {
        elements.push_back(std::exchange(element, {}));
        continue;
      }
      element.push_back(c);
      if (c == '"' && !escaped) quoted = !quoted;
      escaped = quoted && c == '\\' && !escaped;
    }
    elements.push_back(std::move(element));
  }
  for (auto& element : elements) element = Trim(element);
  std::erase(elements, "");  // RFC 9110, 5.6.1: a list may have empty ones
  return elements;
}

bool IsTrusted(std::string_view address, const std::vector<AddressRange>& trusted) {
  return std::ranges::any_of(trusted, [&](const auto& range) { return range.Contains(address); });
}

// How the outermost of our proxies was asked.
struct Hop {
  std::string client_address;
  std::string scheme;  // "" where nobody says, or what they say makes no sense
  std::string host;
};

// Goes back from the peer as long as it is one of ours. `position`: of the hop that is the
// client's; hops.size() where there is none.
std::string LastOfOurs(const std::string& peer, const std::vector<std::string>& hops,
                       const std::vector<AddressRange>& trusted, std::size_t& position) {
  std::string client = peer;
  position = hops.size();
  while (position > 0 && IsTrusted(client, trusted)) {
    const auto before = AddressOfHop(hops[position - 1]);
    if (!before) break;
    client = *before;
    --position;
  }
  return client;
}

std::string Scheme(std::string_view text) {
  auto scheme = ToLower(Trim(text));
  return scheme == "http" || scheme == "https" ? scheme : "";
}

std::string HostOrNothing(std::string_view text) {
  text = Trim(text);
  return std::string(IsHost(text) ? text : "");
}

// One for each hop, or one alone: what the innermost proxy says.
std::string_view OfHop(const std::vector<std::string>& values, std::size_t position,
                       std::size_t hops) {
  if (values.empty()) return {};
  return values.size() == hops && position < hops ? values[position] : values.back();
}

std::optional<Hop> FromXForwarded(const std::string& peer, const Fields& fields,
                                  const std::vector<AddressRange>& trusted) {
  const auto hops = Elements(fields, "X-Forwarded-For");
  const auto schemes = Elements(fields, "X-Forwarded-Proto");
  const auto hosts = Elements(fields, "X-Forwarded-Host");
  if (hops.empty() && schemes.empty() && hosts.empty()) return std::nullopt;
  std::size_t position = 0;
  Hop hop;
  hop.client_address = LastOfOurs(peer, hops, trusted, position);
  hop.scheme = Scheme(OfHop(schemes, position, hops.size()));
  hop.host = HostOrNothing(OfHop(hosts, position, hops.size()));
  return hop;
}

std::optional<Hop> FromForwarded(const std::string& peer, const Fields& fields,
                                 const std::vector<AddressRange>& trusted) {
  const auto elements = Elements(fields, "Forwarded");
  if (elements.empty()) return std::nullopt;
  std::vector<std::string> hops;
  std::vector<HeaderValue> pairs;
  for (const auto& element : elements) {
    auto parsed = ParseHeaderValue("hop;" + element);
    if (!parsed) return std::nullopt;
    const auto* address = parsed->Find("for");
    hops.push_back(address == nullptr ? "" : *address);
    pairs.push_back(*std::move(parsed));
  }
  std::size_t position = 0;
  Hop hop;
  hop.client_address = LastOfOurs(peer, hops, trusted, position);
  const auto& said = position < pairs.size() ? pairs[position] : pairs.back();
  if (const auto* scheme = said.Find("proto")) hop.scheme = Scheme(*scheme);
  if (const auto* host = said.Find("host")) hop.host = HostOrNothing(*host);
  return hop;
}

}  // namespace

base::Result<AddressRange> AddressRange::Parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = ParseAddress(text.substr(0, slash));
  if (address) {
    const unsigned width = address->is_v4 ? 32 : 128;
    unsigned bits = width;
    bool is_number = true;
    if (slash != std::string_view::npos) {
      const auto digits = text.substr(slash + 1);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
      is_number = error == std::errc() && end == digits.data() + digits.size();
    }
    if (is_number && bits <= width) {
      return AddressRange(address->bytes, address->is_v4 ? kIPv4Offset + bits : bits);
    }
  }
  return Fail(ErrorCode::kInvalidArgument, "\"" + std::string(text) +
                                               "\" is no range of IP addresses; give one such as "
                                               "10.0.0.5, 10.0.0.0/8 or fd00::/8");
}

bool AddressRange::Contains(std::string_view address) const {
  const auto parsed = ParseAddress(address);
  if (!parsed) return false;
  for (unsigned bit = 0; bit < bits_; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    if (((parsed->bytes[bit / 8] ^ first_[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

Origin OriginOf(const Origin& peer, const Fields& fields,
                const std::vector<AddressRange>& trusted) {
  if (!IsTrusted(peer.client_address, trusted)) return peer;
  const auto x_forwarded = FromXForwarded(peer.client_address, fields, trusted);
  const auto forwarded = FromForwarded(peer.client_address, fields, trusted);
  if (x_forwarded && forwarded && x_forwarded->client_address != forwarded->client_address) {
    return peer;
  }
  Origin origin = peer;
  for (const auto* hop :
       {forwarded ? &*forwarded : nullptr, x_forwarded ? &*x_forwarded : nullptr}) {
    if (hop == nullptr) continue;
    origin.client_address = hop->client_address;
    if (!hop->scheme.empty()) origin.scheme = hop->scheme;
    if (!hop->host.empty()) origin.host = hop->host;
  }
  return origin;
}

bool IsHost(std::string_view text) {
  if (text.size() > kMaxHost) return false;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    const auto address = ParseAddress(text.substr(1, end - 1));
    if (!address || text.substr(1, end - 1).find(':') == std::string_view::npos) return false;
    port = text.substr(end + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    const auto name = text.substr(0, colon);
    const auto is_name_char = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             std::string_view("-._~%!$&'()*+,;=").find(c) != std::string_view::npos;
    };
    if (!std::ranges::all_of(name, is_name_char)) return false;
    port = text.substr(colon);
  }
  if (port.empty()) return true;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return port.front() == ':' && port.size() <= 6 && std::ranges::all_of(port.substr(1), is_digit);
}

}  // namespace heartbeat::server
