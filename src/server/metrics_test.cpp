#include "server/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

namespace heartbeat::server {
namespace {

using Labels = std::map<std::string, std::string>;

const prometheus::ClientMetric* Find(const std::vector<prometheus::MetricFamily>& families,
                                     std::string_view name, const Labels& labels = {}) {
  for (const auto& family : families) {
    if (family.name != name) continue;
    for (const auto& metric : family.metric) {
      Labels found;
      for (const auto& label : metric.label) found[label.name] = label.value;
      if (found == labels) return &metric;
    }
  }
  return nullptr;
}

TEST(Metrics, CountsRequests) {
  Metrics metrics;
  const auto finish = [&metrics](std::string route, std::string method, int status,
                                 double duration_s) {
    RequestRecord record;
    record.route = std::move(route);
    record.method = std::move(method);
    record.status = status;
    record.duration_s = duration_s;
    metrics.OnFinished(record);
  };
  finish("/predict", "POST", 200, 0.02);
  finish("/predict", "POST", 200, 0.04);
  finish("/predict", "POST", 415, 0.001);
  finish("", "OTHER", 404, 0);
  finish("/predict", "POST", 0, 1);
  const auto families = metrics.Collect();
  const auto count = [&](const std::string& route, const std::string& method,
                         const std::string& status) -> std::optional<double> {
    const auto* metric = Find(families, "heartbeat_http_requests_total",
                              {{"route", route}, {"method", method}, {"status", status}});
    if (metric == nullptr) return std::nullopt;
    return metric->counter.value;
  };
  EXPECT_EQ(count("/predict", "POST", "200"), 2);
  EXPECT_EQ(count("/predict", "POST", "415"), 1);
  EXPECT_EQ(count("/predict", "POST", "none"), 1);
  EXPECT_EQ(count("none", "OTHER", "404"), 1);
  EXPECT_EQ(count("/predict", "GET", "200"), std::nullopt);
  const auto* seconds = Find(families, "heartbeat_http_request_duration_seconds",
                             {{"route", "/predict"}, {"method", "POST"}});
  ASSERT_NE(seconds, nullptr);
  EXPECT_EQ(seconds->histogram.sample_count, 4U);
  EXPECT_DOUBLE_EQ(seconds->histogram.sample_sum, 1.061);
}

TEST(Metrics, CountsPredictionsFromZero) {
  Metrics metrics;
  const auto count = [&](const std::string& verdict) {
    const auto families = metrics.Collect();
    const auto* metric = Find(families, "heartbeat_predictions_total",
                              {{"predicted_class", verdict}, {"verdict", verdict}});
    return metric == nullptr ? -1 : metric->counter.value;
  };
  EXPECT_EQ(count("normal"), 0);
  EXPECT_EQ(count("abnormal"), 0);
  metrics.CountPrediction("abnormal", "abnormal", 0.5);
  metrics.CountPrediction("abnormal", "uncertain", 1.5);
  EXPECT_EQ(count("abnormal"), 1);
  EXPECT_EQ(metrics.predictions().count(), 2U);
  EXPECT_DOUBLE_EQ(metrics.predictions().Summarize()->mean_s, 1);
  const auto families = metrics.Collect();
  EXPECT_EQ(Find(families, "heartbeat_prediction_duration_seconds")->histogram.sample_count, 2U);
  EXPECT_NE(Find(families, "heartbeat_predictions_total",
                 {{"predicted_class", "abnormal"}, {"verdict", "uncertain"}}),
            nullptr);
}

TEST(Metrics, TellsTheLoad) {
  const auto families =
      CollectLoad({.pool = {.waiting = 3, .running = 5, .capacity = 10, .threads = 6},
                   .open_connections = 1,
                   .max_connections = 9,
                   .requests_in_flight = 2});
  EXPECT_EQ(Find(families, "heartbeat_http_connections")->gauge.value, 1);
  EXPECT_EQ(Find(families, "heartbeat_http_connections_limit")->gauge.value, 9);
  EXPECT_EQ(Find(families, "heartbeat_http_requests_in_flight")->gauge.value, 2);
  EXPECT_EQ(Find(families, "heartbeat_work_queue_depth")->gauge.value, 3);
  EXPECT_EQ(Find(families, "heartbeat_work_queue_limit")->gauge.value, 4);
  EXPECT_EQ(Find(families, "heartbeat_work_threads_busy")->gauge.value, 5);
  EXPECT_EQ(Find(families, "heartbeat_work_threads")->gauge.value, 6);
}

TEST(Metrics, TellsOfTheProcess) {
  const auto families = CollectProcess();
  EXPECT_EQ(families.size(), 7U);
  EXPECT_GT(Find(families, "process_resident_memory_bytes")->gauge.value, 1 << 20);
  EXPECT_GT(Find(families, "process_open_fds")->gauge.value, 0);
  EXPECT_GT(Find(families, "process_cpu_seconds_total")->counter.value, -1);
}

}  // namespace
}  // namespace heartbeat::server
