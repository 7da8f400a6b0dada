#include "server/model_routes.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "server/hearing.h"
#include "server/json_response.h"
#include "server/model_card.h"
#include "server/training_data.h"

namespace heartbeat::server {

void AddModelRoutes(Router& router, const ApiContextPtr& context) {
  Route model;
  model.method = "GET";
  model.pattern = "/model";
  model.operation = "getModel";
  model.summary = "The card of the model: identity, front end, threshold and measured figures";
  model.scope = Scope::kRead;
  model.ready = [context] { return NeedModel(*context); };
  model.handler = [context](Request&) -> base::Result<Response> {
    const auto card = context->predictor->Card();
    if (card == nullptr) {
      return base::Fail(base::ErrorCode::kNoModel, "nothing is known of the model");
    }
    return JsonResponse(ToJson(*card));
  };
  router.Add(std::move(model));

  Route distribution;
  distribution.method = "GET";
  distribution.pattern = "/visualizations/class-distribution";
  distribution.operation = "getClassDistribution";
  distribution.summary = "How many labelled training recordings there are of each class";
  distribution.scope = Scope::kRead;
  distribution.runs_on = RunsOn::kWorkPool;
  distribution.handler = [context](Request&) -> base::Result<Response> {
    const auto counts = CountTrainingData(context->options.data_dir);
    return JsonResponse(
        {{"distribution", {{"normal", counts.normal}, {"abnormal", counts.abnormal}}}});
  };
  router.Add(std::move(distribution));
}

}  // namespace heartbeat::server
