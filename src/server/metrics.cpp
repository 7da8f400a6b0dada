#include "server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>
#include <utility>

#include "server/process_stats.h"

namespace heartbeat::server {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

const prometheus::Histogram::BucketBoundaries kRequestBounds_s = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
const prometheus::Histogram::BucketBoundaries kPredictionBounds_s = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

MetricFamily Counter(std::string_view name, std::string_view help, double value) {
  MetricFamily family = Gauge(name, help, 0);
  family.type = MetricType::Counter;
  family.metric.front().counter.value = value;
  return family;
}

}  // namespace

Metrics::Metrics()
    : registry_(std::make_unique<prometheus::Registry>()),
      requests_total_(prometheus::BuildCounter()
                          .Name("heartbeat_http_requests_total")
                          .Help("Requests that are done, by route, method and status")
                          .Register(*registry_)),
      request_seconds_(prometheus::BuildHistogram()
                           .Name("heartbeat_http_request_duration_seconds")
                           .Help("From the first byte of a request to the last of its answer")
                           .Register(*registry_)),
      predictions_total_(prometheus::BuildCounter()
                             .Name("heartbeat_predictions_total")
                             .Help("Recordings that were heard, alone or in a batch")
                             .Register(*registry_)),
      prediction_seconds_(prometheus::BuildHistogram()
                              .Name("heartbeat_prediction_duration_seconds")
                              .Help("From the bytes of a recording to its verdict")
                              .Register(*registry_)
                              .Add({}, kPredictionBounds_s)) {
  // From zero on, so that a rate can be taken of the very first.
  for (const std::string verdict : {"normal", "abnormal"}) {
    predictions_total_.Add({{"predicted_class", verdict}, {"verdict", verdict}});
  }
}

Metrics::~Metrics() = default;

void Metrics::OnFinished(const RequestRecord& record) {
  ++requests_;
  const std::string route = record.route.empty() ? "none" : record.route;
  const std::string status = record.status == 0 ? "none" : std::to_string(record.status);
  requests_total_.Add({{"route", route}, {"method", record.method}, {"status", status}})
      .Increment();
  request_seconds_.Add({{"route", route}, {"method", record.method}}, kRequestBounds_s)
      .Observe(record.duration_s);
}

void Metrics::CountPrediction(std::string_view predicted_class, std::string_view verdict,
                              double duration_s) {
  predictions_total_
      .Add({{"predicted_class", std::string(predicted_class)}, {"verdict", std::string(verdict)}})
      .Increment();
  prediction_seconds_.Observe(duration_s);
  predictions_.Add(duration_s);
  const std::lock_guard lock(mutex_);
  if (const auto known = verdicts_.find(verdict); known != verdicts_.end()) ++known->second;
}

std::map<std::string, std::uint64_t, std::less<>> Metrics::verdicts() const {
  const std::lock_guard lock(mutex_);
  return verdicts_;
}

std::vector<MetricFamily> Metrics::Collect() const { return registry_->Collect(); }

MetricFamily Gauge(std::string_view name, std::string_view help, double value,
                   std::vector<prometheus::ClientMetric::Label> labels) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = MetricType::Gauge;
  family.metric.emplace_back();
  family.metric.front().label = std::move(labels);
  family.metric.front().gauge.value = value;
  return family;
}

std::vector<MetricFamily> CollectLoad(const ServerLoad& load) {
  const auto gauge = [](std::string_view name, std::string_view help, std::size_t value) {
    return Gauge(name, help, static_cast<double>(value));
  };
  return {
      gauge("heartbeat_http_connections", "Open connections", load.open_connections),
      gauge("heartbeat_http_connections_limit", "Connections before others are answered 503",
            load.max_connections),
      gauge("heartbeat_http_requests_in_flight",
            "Requests whose header has come and whose answer has not been written",
            load.requests_in_flight),
      gauge("heartbeat_work_queue_depth", "Requests that wait for a thread", load.pool.waiting),
      gauge("heartbeat_work_queue_limit", "Requests that may wait before others are answered 429",
            load.pool.capacity - load.pool.threads),
      gauge("heartbeat_work_threads_busy", "Threads that compute now", load.pool.running),
      gauge("heartbeat_work_threads", "Threads that compute", load.pool.threads),
  };
}

std::vector<MetricFamily> CollectProcess() {
  const auto stats = ReadProcessStats();
  if (!stats) return {};
  return {
      Counter("process_cpu_seconds_total", "User and system time of all threads", stats->cpu_s),
      Gauge("process_start_time_seconds", "Start of the process since the epoch",
            stats->start_time_s),
      Gauge("process_resident_memory_bytes", "Memory that is in RAM", stats->resident_bytes),
      Gauge("process_virtual_memory_bytes", "Memory that is mapped", stats->virtual_bytes),
      Gauge("process_open_fds", "Open file descriptors", stats->open_descriptors),
      Gauge("process_max_fds", "File descriptors that may be open", stats->max_descriptors),
      Gauge("process_threads", "Threads of the process", stats->threads),
  };
}

}  // namespace heartbeat::server
