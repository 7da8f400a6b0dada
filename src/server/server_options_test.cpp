#include "server/server_options.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <utility>
#include <vector>

namespace heartbeat::server {
namespace {

TEST(ServerOptions, AreValidAsTheyAre) { EXPECT_TRUE(ServerOptions().Validate()); }

TEST(ServerOptions, AllowThisMachineOnly) {
  for (const auto* host : {"127.0.0.1", "127.8.9.1", "::1", "localhost", "::ffff:127.0.0.1"}) {
    ServerOptions options;
    options.host = host;
    EXPECT_TRUE(options.Validate()) << host;
  }
  for (const auto* host : {"0.0.0.0", "::", "192.168.1.5", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1",
                           "128.0.0.1", "::2"}) {
    ServerOptions options;
    options.host = host;
    const auto refused = options.Validate();
    ASSERT_FALSE(refused) << host;
    EXPECT_EQ(refused.error().code, base::ErrorCode::kInvalidArgument);
    EXPECT_NE(refused.error().message.find("--insecure"), std::string::npos);
    options.insecure = true;
    EXPECT_TRUE(options.Validate()) << host;
    options.insecure = false;
    options.keys_file = "keys.toml";
    EXPECT_TRUE(options.Validate()) << host;
  }
}

TEST(ServerOptions, RefuseWhatIsNoAddress) {
  for (const auto* host : {"", "example.org", "127.1", "0x7f000001", "127.0.0.1:80", "[::1]"}) {
    ServerOptions options;
    options.host = host;
    options.insecure = true;
    const auto refused = options.Validate();
    ASSERT_FALSE(refused) << host;
    EXPECT_NE(refused.error().message.find("IP address"), std::string::npos);
  }
}

TEST(ServerOptions, NameTheOptionThatMakesNoSense) {
  const std::vector<std::pair<std::string, std::function<void(ServerOptions&)>>> faults = {
      {"threads", [](ServerOptions& options) { options.threads = 5000; }},
      {"io_threads", [](ServerOptions& options) { options.io_threads = 0; }},
      {"max_connections", [](ServerOptions& options) { options.max_connections = 0; }},
      {"max_file_bytes", [](ServerOptions& options) { options.max_file_bytes = 0; }},
      {"max_request_bytes", [](ServerOptions& options) { options.max_request_bytes = 5; }},
      {"max_header_bytes", [](ServerOptions& options) { options.max_header_bytes = 1 << 20; }},
      {"data_dir", [](ServerOptions& options) { options.data_dir.clear(); }},
      {"keep_days", [](ServerOptions& options) { options.keep_days = -1; }},
      {"keep_days", [](ServerOptions& options) { options.keep_days = std::nan(""); }},
      {"keep_days", [](ServerOptions& options) { options.keep_days = 1e6; }},
      {"keep_gib", [](ServerOptions& options) { options.keep_gib = -0.5; }},
      {"keep_gib", [](ServerOptions& options) { options.keep_gib = 1e9; }},
      {"max_parts", [](ServerOptions& options) { options.max_parts = 0; }},
      {"--tls-cert", [](ServerOptions& options) { options.tls_certificate = "a.pem"; }},
      {"--tls-cert", [](ServerOptions& options) { options.tls_key = "a.key"; }},
      {"--trusted-proxy", [](ServerOptions& options) { options.trusted_proxies = {"nginx"}; }},
      {"--cors-origin", [](ServerOptions& options) { options.cors_origins = {"*"}; }},
      {"--web-dir", [](ServerOptions& options) { options.web_dir = "/nowhere"; }},
      {"body_timeout", [](ServerOptions& options) { options.body_timeout = {}; }},
      {"idle_timeout", [](ServerOptions& options) { options.idle_timeout = {}; }},
      {"drain_timeout", [](ServerOptions& o) { o.drain_timeout = std::chrono::hours(100); }}};
  for (const auto& [name, spoil] : faults) {
    ServerOptions options;
    spoil(options);
    const auto refused = options.Validate();
    ASSERT_FALSE(refused) << name;
    EXPECT_TRUE(refused.error().message.starts_with(name)) << refused.error().message;
  }
}

TEST(ServerOptions, KnowABasePath) {
  for (const auto* path : {"", "/heartbeat", "/a/b", "/v1.0/heart_beat~x-y"}) {
    ServerOptions options;
    options.base_path = path;
    EXPECT_TRUE(options.Validate()) << path;
  }
  for (const auto* path : {"/", "heartbeat", "/heartbeat/", "/a//b", "/a/../b", "/.", "/a/..",
                           "/a b", "/a%20b", "/a?b", "/\xc3\xa4", "https://a/b", "/a{b}"}) {
    ServerOptions options;
    options.base_path = path;
    const auto refused = options.Validate();
    ASSERT_FALSE(refused) << path;
    EXPECT_TRUE(refused.error().message.starts_with("base_path")) << refused.error().message;
  }
}

}  // namespace
}  // namespace heartbeat::server
