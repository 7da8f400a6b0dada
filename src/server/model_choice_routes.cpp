#include "server/model_choice_routes.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "server/history.h"
#include "server/json_response.h"
#include "server/model_switch.h"
#include "server/problem.h"
#include "server/query_string.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

// Who stands in the audit trail where the client names nobody and sends no key.
constexpr std::string_view kSomebody = "unnamed";

base::Result<Response> AnswerModels(const ApiContext& context) {
  if (const auto history = HistoryOf(context); !history) return Fail(history);
  const auto models = context.models->ListJson();
  if (!models) return Fail(models);
  return JsonResponse(*models);
}

base::Result<Response> Promote(const ApiContext& context, const Request& request) {
  if (const auto history = HistoryOf(context); !history) return Fail(history);
  constexpr std::array<std::string_view, 1> kKnown = {"by"};
  const auto parameters = ParseQuery(request.query, kKnown);
  if (!parameters) return Fail(parameters);
  const auto by = parameters->find("by");
  const auto nobody =
      request.caller.name.empty() ? kSomebody : std::string_view(request.caller.name);
  const auto promoted =
      context.models->Promote(request.parameters.at("version"),
                              by == parameters->end() ? nobody : std::string_view(by->second));
  if (promoted) return JsonResponse(*promoted);
  if (promoted.error().code == ErrorCode::kInvalidArgument) {
    return RouteRefusalResponse(RouteRefusal::kConflict, promoted.error().message, request.id);
  }
  return std::unexpected(NotKept(promoted.error(), request.id));
}

}  // namespace

void AddModelChoiceRoutes(Router& router, const ApiContextPtr& context) {
  Route list;
  list.method = "GET";
  list.pattern = "/models";
  list.operation = "listModels";
  list.summary = "The models that this installation knows, newest first";
  list.scope = Scope::kRead;
  list.runs_on = RunsOn::kWorkPool;
  list.handler = [context](Request&) { return AnswerModels(*context); };
  router.Add(std::move(list));

  Route promote;
  promote.method = "POST";
  promote.pattern = "/models/{version}/promote";
  promote.operation = "promoteModel";
  promote.summary = "Let a model serve from now on; going back is promoting the earlier one";
  promote.scope = Scope::kAdmin;
  promote.runs_on = RunsOn::kWorkPool;
  promote.handler = [context](Request& request) { return Promote(*context, request); };
  router.Add(std::move(promote));
}

}  // namespace heartbeat::server
