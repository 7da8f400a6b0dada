#include "server/api.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "server/api_context.h"
#include "server/batch_routes.h"
#include "server/dashboard_routes.h"
#include "server/docs_routes.h"
#include "server/event_routes.h"
#include "server/explanation_routes.h"
#include "server/health_routes.h"
#include "server/history_routes.h"
#include "server/json_response.h"
#include "server/label_routes.h"
#include "server/login_routes.h"
#include "server/metrics_routes.h"
#include "server/model_card.h"
#include "server/model_choice_routes.h"
#include "server/model_routes.h"
#include "server/model_switch.h"
#include "server/predict_routes.h"
#include "server/recording_routes.h"
#include "server/retraining.h"
#include "server/sound_routes.h"
#include "server/training_routes.h"

namespace heartbeat::server {
namespace {

Router MakeRoutes(const ApiContextPtr& context) {
  Router router;
  AddHealthRoutes(router, context);
  AddPredictRoutes(router, context);
  AddBatchRoutes(router, context);
  AddHistoryRoutes(router, context);
  AddRecordingRoutes(router, context);
  AddSoundRoutes(router, context);
  AddExplanationRoutes(router, context);
  AddLabelRoutes(router, context);
  AddMetricsRoutes(router, context);
  AddEventRoutes(router, context);
  AddModelRoutes(router, context);
  AddModelChoiceRoutes(router, context);
  AddTrainingRoutes(router, context);
  AddLoginRoutes(router, context);
  AddDashboardRoutes(router, context);
  AddDocsRoutes(router, context);  // last, because it describes those before it
  return router;
}

// What changes without a request for it, or long after.
void TellOfChanges(const ApiContext& context) {
  if (context.models == nullptr) return;
  context.models->SetOnSwitch([events = context.events](const ModelCard& card) {
    const auto& [name, version, sha256] = card.identity;
    events->Publish("model", "",
                    ToText({{"name", name}, {"version", version}, {"sha256", sha256}}));
  });
  context.retraining->SetOnChange([events = context.events](const nlohmann::json& status) {
    events->Publish("training", "", ToText(status), EventHub::Delivery::kLatest);
  });
}

}  // namespace

Router MakeApi(const ServerOptions& options, const ApiParts& parts) {
  auto context = std::make_shared<ApiContext>();
  context->options = options;
  context->predictor = &parts.predictor;
  context->host = &parts.host;
  context->history = parts.history;
  context->models = parts.models;
  context->retraining = parts.retraining;
  context->access = parts.access;
  parts.host.AddObserver(context->metrics);
  TellOfChanges(*context);
  return MakeRoutes(context);
}

Router ListApi() { return MakeRoutes(std::make_shared<ApiContext>()); }

}  // namespace heartbeat::server
