#include "server/client_origin.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace heartbeat::server {
namespace {

AddressRange Range(std::string_view text) { return AddressRange::Parse(text).value(); }

const std::vector<AddressRange>& Ours() {
  static const std::vector<AddressRange> ranges = {Range("10.0.0.0/8"), Range("fd00::/8")};
  return ranges;
}

Fields With(const std::vector<std::pair<std::string, std::string>>& headers) {
  Fields fields;
  for (const auto& [name, value] : headers) fields.Add(name, value);
  return fields;
}

Origin Of(const std::vector<std::pair<std::string, std::string>>& headers,
          const std::string& peer = "10.0.0.1") {
  return OriginOf({.client_address = peer, .scheme = "http", .host = "inside"}, With(headers),
                  Ours());
}

TEST(AddressRange, HoldsTheAddressesThatShareItsBits) {
  EXPECT_TRUE(Range("10.0.0.0/8").Contains("10.255.0.1"));
  EXPECT_FALSE(Range("10.0.0.0/8").Contains("11.0.0.1"));
  EXPECT_TRUE(Range("192.0.2.128/25").Contains("192.0.2.129"));
  EXPECT_FALSE(Range("192.0.2.128/25").Contains("192.0.2.127"));
  EXPECT_TRUE(Range("192.0.2.1").Contains("192.0.2.1"));
  EXPECT_TRUE(Range("192.0.2.1").Contains("::ffff:192.0.2.1"));
  EXPECT_FALSE(Range("192.0.2.1").Contains("192.0.2.2"));
  EXPECT_TRUE(Range("0.0.0.0/0").Contains("203.0.113.9"));
  EXPECT_FALSE(Range("0.0.0.0/0").Contains("2001:db8::1"));
  EXPECT_TRUE(Range("::/0").Contains("203.0.113.9"));
  EXPECT_TRUE(Range("2001:db8::/33").Contains("2001:db8:7fff::1"));
  EXPECT_FALSE(Range("2001:db8::/33").Contains("2001:db8:8000::1"));
  EXPECT_FALSE(Range("::/0").Contains(""));
  EXPECT_FALSE(Range("::/0").Contains("localhost"));
  for (const std::string_view text : {"", "10", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "a/8",
                                      "::/129", "10.0.0.0/8 ", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(AddressRange::Parse(text)) << text;
  }
}

TEST(ClientOrigin, BelievesNobodyElse) {
  const auto origin = Of({{"X-Forwarded-For", "192.0.2.1"},
                          {"X-Forwarded-Proto", "https"},
                          {"X-Forwarded-Host", "evil"},
                          {"Forwarded", "for=192.0.2.1;proto=https"}},
                         "203.0.113.5");
  EXPECT_EQ(origin.client_address, "203.0.113.5");
  EXPECT_EQ(origin.scheme, "http");
  EXPECT_EQ(origin.host, "inside");
}

TEST(ClientOrigin, IsTheLastHopThatIsNotOurs) {
  const auto client = [](const std::string& hops) {
    return Of({{"x-forwarded-for", hops}}).client_address;
  };
  EXPECT_EQ(client("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(client("203.0.113.66, 192.0.2.1"), "192.0.2.1");  // what the client wrote itself
  EXPECT_EQ(client("203.0.113.66, 192.0.2.1, 10.1.1.1,10.2.2.2"), "192.0.2.1");
  EXPECT_EQ(client("10.3.3.3, 10.2.2.2"), "10.3.3.3");
  EXPECT_EQ(client("192.0.2.1:4711"), "192.0.2.1");
  EXPECT_EQ(client("[2001:db8::1]:4711"), "2001:db8::1");
  EXPECT_EQ(client("2001:DB8:0::1"), "2001:db8::1");
  EXPECT_EQ(client("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(client("192.0.2.1, unknown"), "10.0.0.1");
  EXPECT_EQ(client("192.0.2.1, unknown, fd00::7"), "fd00::7");
  EXPECT_EQ(client(" , "), "10.0.0.1");
  EXPECT_EQ(client("1.2.3.4.5"), "10.0.0.1");
  EXPECT_EQ(client("[2001:db8::1"), "10.0.0.1");
  // Two lines are one list.
  EXPECT_EQ(
      Of({{"X-Forwarded-For", "203.0.113.66"}, {"X-Forwarded-For", "192.0.2.9"}}).client_address,
      "192.0.2.9");
}

TEST(ClientOrigin, TellsSchemeAndHost) {
  const auto origin = Of({{"X-Forwarded-For", "192.0.2.1"},
                          {"X-Forwarded-Proto", "HTTPS"},
                          {"X-Forwarded-Host", "heart.example:8443"}});
  EXPECT_EQ(origin.scheme, "https");
  EXPECT_EQ(origin.host, "heart.example:8443");
  // One for each hop: that of the hop which is the client's.
  EXPECT_EQ(
      Of({{"X-Forwarded-For", "192.0.2.1, 10.1.1.1"}, {"X-Forwarded-Proto", "https, http"}}).scheme,
      "https");
  EXPECT_EQ(
      Of({{"X-Forwarded-For", "203.0.113.66, 192.0.2.1"}, {"X-Forwarded-Proto", "https, http"}})
          .scheme,
      "http");
  // Not one for each: what the proxy next to us says.
  EXPECT_EQ(Of({{"X-Forwarded-Proto", "gopher, https"}}).scheme, "https");
  EXPECT_EQ(Of({{"X-Forwarded-Proto", "gopher"}}).scheme, "http");
  EXPECT_EQ(Of({{"X-Forwarded-Host", "a b"}}).host, "inside");
  EXPECT_EQ(Of({{"X-Forwarded-Host", "evil/path"}}).host, "inside");
}

TEST(ClientOrigin, ReadsForwarded) {
  // The examples of RFC 7239, 4.
  const auto client = [](const std::string& value) {
    return Of({{"Forwarded", value}}).client_address;
  };
  EXPECT_EQ(client("For=\"[2001:db8:cafe::17]:4711\""), "2001:db8:cafe::17");
  EXPECT_EQ(client("for=192.0.2.60;proto=http;by=203.0.113.43"), "192.0.2.60");
  EXPECT_EQ(client("for=192.0.2.43, for=198.51.100.17"), "198.51.100.17");
  EXPECT_EQ(client("for=192.0.2.43, for=10.1.1.1"), "192.0.2.43");
  EXPECT_EQ(client("for=\"_gazonk\""), "10.0.0.1");
  EXPECT_EQ(client("proto=https"), "10.0.0.1");
  EXPECT_EQ(client("for=\"192.0.2.1"), "10.0.0.1");  // a quote that is never closed
  const auto origin =
      Of({{"Forwarded",
           "for=203.0.113.66;proto=http;host=evil, "
           "for=192.0.2.43;host=\"a.example\";proto=https, for=10.1.1.1;proto=http"}});
  EXPECT_EQ(origin.client_address, "192.0.2.43");
  EXPECT_EQ(origin.scheme, "https");
  EXPECT_EQ(origin.host, "a.example");
}

TEST(ClientOrigin, BelievesNeitherOfTwoThatDiffer) {
  const auto differ = Of({{"X-Forwarded-For", "192.0.2.1"},
                          {"X-Forwarded-Proto", "https"},
                          {"Forwarded", "for=203.0.113.66;host=evil"}});
  EXPECT_EQ(differ.client_address, "10.0.0.1");
  EXPECT_EQ(differ.scheme, "http");
  EXPECT_EQ(differ.host, "inside");
  const auto agree =
      Of({{"X-Forwarded-For", "192.0.2.1"}, {"Forwarded", "for=192.0.2.1;proto=https"}});
  EXPECT_EQ(agree.client_address, "192.0.2.1");
  EXPECT_EQ(agree.scheme, "https");
}

TEST(ClientOrigin, KnowsAHost) {
  for (const std::string_view host : {"", "a", "a.example:80", "192.0.2.1", "[::1]", "[::1]:8000",
                                      "a_b.example", "a:", "xn--nxasmq6b"}) {
    EXPECT_TRUE(IsHost(host)) << host;
  }
  for (const std::string_view host : {"a b", "a/b", "user@a", "a:80:80", "a:x", "[::1", "[1.2.3.4]",
                                      "[::1]x", "::1", "a:123456", "a\"b", "[v1.x]"}) {
    EXPECT_FALSE(IsHost(host)) << host;
  }
  EXPECT_FALSE(IsHost(std::string(256, 'a')));
}

}  // namespace
}  // namespace heartbeat::server
