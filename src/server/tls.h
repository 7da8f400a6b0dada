#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>

#include "base/result.h"

namespace heartbeat::server {

// What a server needs to speak TLS 1.2 and 1.3 with ALPN "http/1.1". `certificate`: PEM, the
// server's own first, then those of its chain. `key`: PEM, without a password. A certificate that
// is not valid now is taken, and said so in the log. Errors: kInvalidArgument, naming the file and
// what to do: missing, unreadable, not PEM, a key that belongs to another certificate.
[[nodiscard]] base::Result<std::unique_ptr<boost::asio::ssl::context>> LoadTls(
    const std::filesystem::path& certificate, const std::filesystem::path& key);

}  // namespace heartbeat::server
