#include "server/api.h"

#include <memory>

#include "server/api_context.h"
#include "server/batch_routes.h"
#include "server/dashboard_routes.h"
#include "server/docs_routes.h"
#include "server/event_routes.h"
#include "server/health_routes.h"
#include "server/history_routes.h"
#include "server/label_routes.h"
#include "server/metrics_routes.h"
#include "server/model_routes.h"
#include "server/predict_routes.h"
#include "server/recording_routes.h"
#include "server/sound_routes.h"

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
  AddLabelRoutes(router, context);
  AddMetricsRoutes(router, context);
  AddEventRoutes(router, context);
  AddModelRoutes(router, context);
  AddDashboardRoutes(router, context);
  AddDocsRoutes(router, context);  // last, because it describes those before it
  return router;
}

}  // namespace

Router MakeApi(const ServerOptions& options, const Predictor& predictor, store::Store* history,
               Host& host) {
  auto context = std::make_shared<ApiContext>();
  context->options = options;
  context->predictor = &predictor;
  context->host = &host;
  context->history = history;
  host.AddObserver(context->metrics);
  return MakeRoutes(context);
}

Router ListApi() { return MakeRoutes(std::make_shared<ApiContext>()); }

}  // namespace heartbeat::server
