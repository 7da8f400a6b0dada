#pragma once

#include <prometheus/metric_family.h>

#include <span>
#include <string>

namespace heartbeat::server {

// Counters, gauges and histograms in OpenMetrics 1.0 text, which prometheus-cpp does not write.
// Source: https://github.com/prometheus/OpenMetrics, specification/OpenMetrics.md. A counter's name
// ends with "_total" (asserted); metrics of other types are left out.
[[nodiscard]] std::string ToOpenMetrics(std::span<const prometheus::MetricFamily> families);

}  // namespace heartbeat::server
