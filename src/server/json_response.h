#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "server/message.h"

namespace heartbeat::server {

// `json` as text. A file name need not be UTF-8, JSON must be: what is not becomes U+FFFD.
[[nodiscard]] std::string ToText(const nlohmann::json& json);

// 200 with `json` as application/json.
[[nodiscard]] Response JsonResponse(const nlohmann::json& json);
// The same with the text of one.
[[nodiscard]] Response JsonTextResponse(std::string text);

}  // namespace heartbeat::server
