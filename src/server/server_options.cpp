#include "server/server_options.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "server/cors.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

constexpr unsigned kMaxThreads = 1024;
constexpr int kMaxRetrainEpochs = 1000;
constexpr std::size_t kMaxHeaderBytes = std::size_t{48} << 10;
constexpr std::size_t kMaxParts = 100'000;
constexpr double kMaxKeepDays = 36'500;
constexpr double kMaxKeepGib = 1'000'000;

enum class Reach { kNotAnAddress, kLoopback, kBeyond };

Reach ReachOf(const std::string& address) {
  in_addr v4{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    return (ntohl(v4.s_addr) >> 24) == 127 ? Reach::kLoopback : Reach::kBeyond;
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.c_str(), &v6) == 1) {
    const bool mapped_loopback = IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127;
    return IN6_IS_ADDR_LOOPBACK(&v6) || mapped_loopback ? Reach::kLoopback : Reach::kBeyond;
  }
  return Reach::kNotAnAddress;
}

// Of what no proxy or client writes in another way: RFC 3986's unreserved characters.
bool IsBasePath(std::string_view path) {
  if (path.empty()) return true;
  if (!path.starts_with('/') || path.ends_with('/')) return false;
  const auto is_unreserved = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._~-").find(c) != std::string_view::npos;
  };
  if (!std::ranges::all_of(path, is_unreserved)) return false;
  const std::string closed = std::string(path) + "/";
  return closed.find("//") == std::string::npos && closed.find("/./") == std::string::npos &&
         closed.find("/../") == std::string::npos;
}

}  // namespace

base::Result<std::vector<AddressRange>> ServerOptions::ParseTrustedProxies() const {
  std::vector<AddressRange> ranges;
  for (const auto& text : trusted_proxies) {
    auto range = AddressRange::Parse(text);
    if (!range) return Fail(range.error().code, "--trusted-proxy: " + range.error().message);
    ranges.push_back(*std::move(range));
  }
  return ranges;
}

FormLimits ServerOptions::LimitsOfForms() const {
  FormLimits limits;
  limits.max_file_bytes = max_file_bytes;
  limits.memory_bytes = spool_memory_bytes;
  limits.form_memory_bytes = form_memory_bytes;
  limits.folder = spool_folder;
  limits.multipart.max_parts = max_parts;
  return limits;
}

std::string ServerOptions::Address() const { return host == "localhost" ? "127.0.0.1" : host; }

base::Result<void> ServerOptions::Validate() const {
  switch (ReachOf(Address())) {
    case Reach::kNotAnAddress:
      return Fail(ErrorCode::kInvalidArgument,
                  "the host \"" + host +
                      "\" is not an IP address; give one such as 127.0.0.1, ::1 or 0.0.0.0");
    case Reach::kBeyond:
      if (!insecure && keys_file.empty()) {
        return Fail(ErrorCode::kInvalidArgument,
                    "refusing to listen on " + host +
                        ": no API keys are set up, so anyone who can reach this machine could "
                        "send recordings and read results; make a key (heartbeat keys add), listen "
                        "on 127.0.0.1, or pass --insecure if something else keeps strangers out");
      }
      break;
    case Reach::kLoopback:
      break;
  }
  if (tls_certificate.empty() != tls_key.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "--tls-cert and --tls-key belong together: give both for HTTPS, or neither");
  }
  if (auto proxies = ParseTrustedProxies(); !proxies) return Fail(proxies);
  if (auto cors = Cors::Parse(cors_origins); !cors) return Fail(cors);
  if (!IsBasePath(base_path)) {
    return Fail(ErrorCode::kInvalidArgument,
                "base_path must begin with / and not end with one, such as /heartbeat or "
                "/tools/heartbeat, of letters, digits and . _ ~ - only");
  }
  if (keep_history && data_dir.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "data_dir must name the folder where the history is kept; or keep none, with "
                "--no-store");
  }
  if (!(keep_days >= 0 && keep_days <= kMaxKeepDays)) {
    return Fail(ErrorCode::kInvalidArgument,
                "keep_days must be 0 (for ever) to 36500: how long predictions are kept");
  }
  if (!(keep_gib >= 0 && keep_gib <= kMaxKeepGib)) {
    return Fail(ErrorCode::kInvalidArgument,
                "keep_gib must be 0 (without end) to 1000000: how large the history may be");
  }
  if (std::error_code error;
      !web_dir.empty() && !std::filesystem::is_regular_file(web_dir / "index.html", error)) {
    return Fail(ErrorCode::kInvalidArgument,
                "--web-dir: " + web_dir.string() +
                    " holds no index.html; name the folder that `npm run build` in web/ writes");
  }
  if (max_parts < 1 || max_parts > kMaxParts) {
    return Fail(ErrorCode::kInvalidArgument, "max_parts must be 1 to 100000");
  }
  if (threads > kMaxThreads) {
    return Fail(ErrorCode::kInvalidArgument, "threads must be 0 (one per core) to 1024");
  }
  if (io_threads < 1 || io_threads > kMaxThreads) {
    return Fail(ErrorCode::kInvalidArgument, "io_threads must be 1 to 1024");
  }
  if (retrain_epochs < 1 || retrain_epochs > kMaxRetrainEpochs) {
    return Fail(ErrorCode::kInvalidArgument, "retrain_epochs must be 1 to 1000");
  }
  if (max_connections < 1) {
    return Fail(ErrorCode::kInvalidArgument, "max_connections must be at least 1");
  }
  if (max_file_bytes < 1) {
    return Fail(ErrorCode::kInvalidArgument, "max_file_bytes must be at least 1");
  }
  if (max_request_bytes < max_file_bytes) {
    return Fail(ErrorCode::kInvalidArgument,
                "max_request_bytes must be at least max_file_bytes: a request carries a file");
  }
  if (max_header_bytes < 256 || max_header_bytes > kMaxHeaderBytes) {
    return Fail(ErrorCode::kInvalidArgument, "max_header_bytes must be 256 to 49152");
  }
  const std::array<std::pair<std::string_view, std::chrono::milliseconds>, 7> timeouts = {{
      {"header_timeout", header_timeout},
      {"body_timeout", body_timeout},
      {"answer_timeout", answer_timeout},
      {"write_timeout", write_timeout},
      {"idle_timeout", idle_timeout},
      {"linger_timeout", linger_timeout},
      {"drain_timeout", drain_timeout},
  }};
  for (const auto& [name, timeout] : timeouts) {
    if (timeout < std::chrono::milliseconds(1) || timeout > std::chrono::hours(24)) {
      return Fail(ErrorCode::kInvalidArgument,
                  std::string(name) +
                      " must be 1 ms to 24 h: a stage without a deadline would "
                      "let a silent client hold its connection for ever");
    }
  }
  return {};
}

}  // namespace heartbeat::server
