#include "server/label_routes.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "server/header_value.h"
#include "server/history.h"
#include "server/history_record.h"
#include "server/json_response.h"
#include "server/label_body.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

bool IsJson(const Request& request) {
  const auto* type = request.headers.Find("Content-Type");
  const auto parsed = type == nullptr ? std::nullopt : ParseHeaderValue(*type);
  return parsed && parsed->value == "application/json";
}

base::Result<Response> Answer(const ApiContext& context, const Request& request) {
  const auto history = HistoryOf(context);
  if (!history) return Fail(history);
  // Asking for the type keeps pages of other origins from sending labels in a clinician's name:
  // browsers ask first whether they may, and this server does not let them.
  if (!IsJson(request)) {
    return Fail(ErrorCode::kUnsupportedFormat,
                "the body must be JSON; send the header Content-Type: application/json with it");
  }
  auto label = ParseLabel(request.body, request.caller.name);
  if (!label) return Fail(label);
  label->prediction_id = request.parameters.at("id");
  const auto added = (*history)->AddLabel(*label);
  if (!added) return std::unexpected(NotKept(added.error(), request.id));
  context.events->Publish(
      "label", "",
      ToText({{"prediction_id", label->prediction_id}, {"label", store::Name(label->value)}}));
  return JsonResponse(LabelJson(*label));
}

}  // namespace

void AddLabelRoutes(Router& router, const ApiContextPtr& context) {
  Route route;
  route.method = "PUT";
  route.pattern = "/predictions/{id}/label";
  route.operation = "labelPrediction";
  route.summary = "Confirm or correct a prediction";
  route.scope = Scope::kLabel;
  route.is_audited = true;
  route.runs_on = RunsOn::kWorkPool;
  route.keeps_body = true;
  route.handler = [context](Request& request) { return Answer(*context, request); };
  router.Add(std::move(route));
}

}  // namespace heartbeat::server
