#include "server/metrics_routes.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "server/accept.h"
#include "server/json_response.h"
#include "server/model_card.h"
#include "server/open_metrics.h"

namespace heartbeat::server {
namespace {

using nlohmann::json;
using prometheus::MetricFamily;

constexpr std::array<std::string_view, 3> kFormats = {
    "application/json",
    "text/plain; version=0.0.4; charset=utf-8",
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
};
enum Format : std::size_t { kJson, kText, kOpenMetrics };

json OrNull(const std::optional<double>& number) { return number ? json(*number) : json(nullptr); }

// The keys of the Python project; its "recall" is our sensitivity, its matrix scikit-learn's
// [[TN, FP], [FN, TP]].
void AddFigures(json& answer, const ModelFigures& figures) {
  const auto& all = figures.all();
  answer["accuracy"] = OrNull(all.Find("accuracy"));
  answer["precision"] = OrNull(all.Find("precision"));
  answer["recall"] = OrNull(all.Find("sensitivity"));
  answer["f1_score"] = OrNull(all.Find("f1"));
  answer["auc_roc"] = OrNull(all.Find("auroc"));
  if (all.confusion) {
    answer["confusion_matrix"] = {{all.confusion->true_negative, all.confusion->false_positive},
                                  {all.confusion->false_negative, all.confusion->true_positive}};
  }
  answer["figures_recordings"] = all.normal + all.abnormal;
  answer["figures_split"] = figures.split ? json(*figures.split) : json(nullptr);
}

double ToThousandths(double value) { return std::round(value * 1e3) / 1e3; }

double Milliseconds(double duration_s) { return ToThousandths(duration_s * 1e3); }

Response AnswerJson(const ApiContext& context) {
  json answer;
  for (const char* key : {"accuracy", "precision", "recall", "f1_score", "auc_roc",
                          "confusion_matrix", "figures_recordings", "figures_split", "figures_note",
                          "latency_ms", "latency_p50_ms", "latency_p95_ms", "latency_p99_ms"}) {
    answer[key] = nullptr;
  }
  const auto card = context.predictor->Card();
  if (card == nullptr) {
    answer["figures_note"] = "no model is loaded";
  } else if (card->figures) {
    AddFigures(answer, *card->figures);
  } else {
    answer["figures_note"] = card->figures.error().message;
  }
  answer["predictions_served"] = context.metrics->predictions().count();
  if (const auto latency = context.metrics->predictions().Summarize()) {
    answer["latency_ms"] = Milliseconds(latency->mean_s);
    answer["latency_p50_ms"] = Milliseconds(latency->p50_s);
    answer["latency_p95_ms"] = Milliseconds(latency->p95_s);
    answer["latency_p99_ms"] = Milliseconds(latency->p99_s);
  }
  answer["uptime_seconds"] = ToThousandths(context.uptime.ElapsedSeconds());
  return JsonResponse(answer);
}

std::vector<MetricFamily> CollectAll(const ApiContext& context) {
  auto families = context.metrics->Collect();
  const auto append = [&families](std::vector<MetricFamily> more) {
    std::ranges::move(more, std::back_inserter(families));
  };
  append(CollectLoad(context.host->Load()));
  append(CollectProcess());
  families.push_back(Gauge("heartbeat_build_info", "The program", 1,
                           {{.name = "version", .value = HEARTBEAT_VERSION}}));
  families.push_back(Gauge("heartbeat_model_loaded", "1 where a model is loaded, else 0",
                           context.predictor->IsLoaded() ? 1 : 0));
  if (const auto card = context.predictor->Card()) {
    families.push_back(Gauge("heartbeat_model_info", "The model that is loaded", 1,
                             {{.name = "name", .value = card->identity.name},
                              {.name = "version", .value = card->identity.version},
                              {.name = "sha256", .value = card->identity.sha256}}));
  }
  return families;
}

Response Answer(const ApiContext& context, const Request& request) {
  const auto* accept = request.headers.Find("Accept");
  const auto format = accept == nullptr ? std::size_t{kJson} : ChooseMediaType(*accept, kFormats);
  Response response;
  if (format == kJson) {
    response = AnswerJson(context);
  } else {
    const auto families = CollectAll(context);
    response.content_type = kFormats.at(format);
    response.body = format == kText ? prometheus::TextSerializer().Serialize(families)
                                    : ToOpenMetrics(families);
  }
  response.headers.Add("Vary", "Accept");
  return response;
}

}  // namespace

void AddMetricsRoutes(Router& router, const ApiContextPtr& context) {
  Route route;
  route.method = "GET";
  route.pattern = "/metrics";
  route.operation = "getMetrics";
  route.summary = "The model's figures and what the server did, as JSON or for Prometheus";
  route.scope = Scope::kRead;
  route.handler = [context](Request& request) -> base::Result<Response> {
    return Answer(*context, request);
  };
  router.Add(std::move(route));
}

}  // namespace heartbeat::server
