#pragma once

#include <prometheus/metric_family.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/host.h"
#include "server/latency_window.h"
#include "server/request_observer.h"

namespace prometheus {
class Counter;
class Histogram;
class Registry;
template <typename T>
class Family;
}  // namespace prometheus

namespace heartbeat::server {

// What has happened since the server was made. Thread-safe.
class Metrics final : public RequestObserver {
 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics() override;

  void OnFinished(const RequestRecord& record) override;
  // A recording that was heard, alone or in a batch.
  void CountPrediction(std::string_view predicted_class, std::string_view verdict,
                       double duration_s);

  // Of the latest 1000 recordings: what each took from its bytes to its verdict.
  [[nodiscard]] const LatencyWindow& predictions() const { return predictions_; }
  // Requests that are done.
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  // Recordings that were heard, by verdict; all four are there from zero on.
  [[nodiscard]] std::map<std::string, std::uint64_t, std::less<>> verdicts() const;
  // Names and meanings: docs/api.md.
  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const;

 private:
  static constexpr std::size_t kLatencyWindow = 1000;

  std::unique_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& requests_total_;
  prometheus::Family<prometheus::Histogram>& request_seconds_;
  prometheus::Family<prometheus::Counter>& predictions_total_;
  prometheus::Histogram& prediction_seconds_;
  LatencyWindow predictions_{kLatencyWindow};
  std::atomic<std::uint64_t> requests_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t, std::less<>> verdicts_ = {
      {"normal", 0}, {"abnormal", 0}, {"uncertain", 0}, {"poor_quality", 0}};
};

// `load` and what the system tells of this process, as gauges and counters.
[[nodiscard]] std::vector<prometheus::MetricFamily> CollectLoad(const ServerLoad& load);
[[nodiscard]] std::vector<prometheus::MetricFamily> CollectProcess();

// One gauge, with labels or without.
[[nodiscard]] prometheus::MetricFamily Gauge(
    std::string_view name, std::string_view help, double value,
    std::vector<prometheus::ClientMetric::Label> labels = {});

}  // namespace heartbeat::server
