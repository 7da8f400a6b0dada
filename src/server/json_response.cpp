#include "server/json_response.h"

#include <nlohmann/json.hpp>

namespace heartbeat::server {

std::string ToText(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Response JsonResponse(const nlohmann::json& json) {
  Response response;
  response.content_type = "application/json";
  response.body = ToText(json);
  return response;
}

}  // namespace heartbeat::server
