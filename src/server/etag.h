#pragma once

#include <string>
#include <string_view>

namespace heartbeat::server {

// The ETag of the content with this SHA-256 (hexadecimal), in its quotes.
[[nodiscard]] std::string EtagOf(std::string_view sha256);

// Whether the list of If-None-Match has `etag`. Comparison is weak, as that header wants it (RFC
// 9110, 13.1.2).
[[nodiscard]] bool ListsEtag(std::string_view list, std::string_view etag);

}  // namespace heartbeat::server
