#include "server/json_response.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace heartbeat::server {

std::string ToText(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Response JsonResponse(const nlohmann::json& json) { return JsonTextResponse(ToText(json)); }

Response JsonTextResponse(std::string text) {
  Response response;
  response.content_type = "application/json";
  response.body = std::move(text);
  return response;
}

}  // namespace heartbeat::server
