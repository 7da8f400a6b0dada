#include "server/health_routes.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/clock.h"
#include "server/json_response.h"
#include "server/problem.h"

namespace heartbeat::server {
namespace {

Route Open(std::string pattern, std::string operation, std::string summary) {
  Route route;
  route.method = "GET";
  route.pattern = std::move(pattern);
  route.operation = std::move(operation);
  route.summary = std::move(summary);
  route.scope = Scope::kNone;
  return route;
}

Response AnswerReady(const ApiContext& context, const Request& request) {
  nlohmann::json reasons = nlohmann::json::array();
  std::string detail;
  if (!context.predictor->IsLoaded()) {
    reasons.emplace_back("model");
    detail = "no model is loaded: start the server with one (its log says why it has none)";
  }
  if (context.host->pool().IsFull()) {
    reasons.emplace_back("queue");
    detail += std::string(detail.empty() ? "" : "; ") +
              "as many requests wait as may: send the next one to another server, or later";
  }
  if (reasons.empty()) return JsonResponse({{"status", "ready"}, {"reasons", reasons}});
  return NotReadyResponse(detail, reasons, request.id);
}

}  // namespace

void AddHealthRoutes(Router& router, const ApiContextPtr& context) {
  auto health = Open("/health", "getHealth", "Whether the server is up and has a model");
  health.handler = [context](Request&) -> base::Result<Response> {
    return JsonResponse({{"status", "ok"}, {"model_loaded", context->predictor->IsLoaded()}});
  };
  router.Add(std::move(health));

  auto live = Open("/health/live", "getLiveness", "Whether the process answers at all");
  live.handler = [](Request&) -> base::Result<Response> {
    return JsonResponse({{"status", "alive"}});
  };
  router.Add(std::move(live));

  auto ready = Open("/health/ready", "getReadiness", "Whether a prediction would be taken now");
  ready.handler = [context](Request& request) -> base::Result<Response> {
    return AnswerReady(*context, request);
  };
  router.Add(std::move(ready));

  auto uptime = Open("/uptime", "getUptime", "How long the server has been running");
  uptime.handler = [context](Request&) -> base::Result<Response> {
    return JsonResponse(
        {{"uptime_seconds", std::round(context->uptime.ElapsedSeconds() * 1e3) / 1e3},
         {"started_at", base::FormatUtc(context->started_at)}});
  };
  router.Add(std::move(uptime));
}

}  // namespace heartbeat::server
