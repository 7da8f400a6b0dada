#include "server/load_event.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "server/model_card.h"

namespace heartbeat::server {
namespace {

using nlohmann::json;

double ToThousandths(double value) { return std::round(value * 1e3) / 1e3; }

json ModelJson(const Predictor& predictor) {
  const auto card = predictor.Card();
  if (card == nullptr) return nullptr;
  const auto& identity = card->identity;
  return {{"name", identity.name}, {"version", identity.version}, {"sha256", identity.sha256}};
}

json LatencyJson(const LatencyWindow& predictions) {
  const auto summary = predictions.Summarize();
  if (!summary) return {{"p50", nullptr}, {"p95", nullptr}, {"p99", nullptr}};
  return {{"p50", ToThousandths(summary->p50_s * 1e3)},
          {"p95", ToThousandths(summary->p95_s * 1e3)},
          {"p99", ToThousandths(summary->p99_s * 1e3)}};
}

}  // namespace

json LoadJson(const ApiContext& context) {
  const auto load = context.host->Load();
  const auto& metrics = *context.metrics;
  return {{"timestamp", base::FormatUtc(std::chrono::system_clock::now())},
          {"uptime_seconds", ToThousandths(context.uptime.ElapsedSeconds())},
          {"model_loaded", context.predictor->IsLoaded()},
          {"model", ModelJson(*context.predictor)},
          {"requests_total", metrics.requests()},
          {"requests_in_flight", load.requests_in_flight},
          {"queue",
           {{"waiting", load.pool.waiting},
            {"limit", load.pool.capacity - load.pool.threads},
            {"busy", load.pool.running},
            {"threads", load.pool.threads}}},
          {"connections", {{"open", load.open_connections}, {"limit", load.max_connections}}},
          {"predictions_served", metrics.predictions().count()},
          {"latency_ms", LatencyJson(metrics.predictions())},
          {"verdicts", metrics.verdicts()}};
}

}  // namespace heartbeat::server
