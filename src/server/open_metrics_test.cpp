#include "server/open_metrics.h"

#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <limits>

namespace heartbeat::server {
namespace {

TEST(OpenMetrics, WritesCounters) {
  prometheus::Registry registry;
  auto& family = prometheus::BuildCounter()
                     .Name("requests_total")
                     .Help("Requests \"so\" far,\nby \\ path")
                     .Register(registry);
  family.Add({{"path", "/a\"\\\n"}}).Increment(3);
  EXPECT_EQ(ToOpenMetrics(registry.Collect()),
            "# TYPE requests counter\n"
            "# HELP requests Requests \\\"so\\\" far,\\nby \\\\ path\n"
            "requests_total{path=\"/a\\\"\\\\\\n\"} 3\n"
            "# EOF\n");
}

TEST(OpenMetrics, WritesGauges) {
  prometheus::Registry registry;
  auto& family = prometheus::BuildGauge().Name("depth").Help("Depth").Register(registry);
  family.Add({}).Set(-0.1);
  EXPECT_EQ(ToOpenMetrics(registry.Collect()),
            "# TYPE depth gauge\n# HELP depth Depth\ndepth -0.1\n# EOF\n");
}

TEST(OpenMetrics, WritesHistograms) {
  prometheus::Registry registry;
  auto& family = prometheus::BuildHistogram().Name("duration_seconds").Help("D").Register(registry);
  auto& histogram =
      family.Add({{"route", "/a"}}, prometheus::Histogram::BucketBoundaries{0.25, 1, 10});
  histogram.Observe(0.25);
  histogram.Observe(0.5);
  histogram.Observe(20);
  EXPECT_EQ(ToOpenMetrics(registry.Collect()),
            "# TYPE duration_seconds histogram\n"
            "# HELP duration_seconds D\n"
            "duration_seconds_bucket{route=\"/a\",le=\"0.25\"} 1\n"
            "duration_seconds_bucket{route=\"/a\",le=\"1.0\"} 2\n"
            "duration_seconds_bucket{route=\"/a\",le=\"10.0\"} 2\n"
            "duration_seconds_bucket{route=\"/a\",le=\"+Inf\"} 3\n"
            "duration_seconds_count{route=\"/a\"} 3\n"
            "duration_seconds_sum{route=\"/a\"} 20.75\n"
            "# EOF\n");
}

TEST(OpenMetrics, WritesNumbersThatAreNone) {
  prometheus::MetricFamily family;
  family.name = "odd";
  family.type = prometheus::MetricType::Gauge;
  family.metric.resize(3);
  family.metric[0].gauge.value = std::numeric_limits<double>::quiet_NaN();
  family.metric[1].gauge.value = std::numeric_limits<double>::infinity();
  family.metric[2].gauge.value = -std::numeric_limits<double>::infinity();
  const std::vector families = {family};
  EXPECT_EQ(ToOpenMetrics(families),
            "# TYPE odd gauge\n# HELP odd \nodd NaN\nodd +Inf\nodd -Inf\n# EOF\n");
}

TEST(OpenMetrics, EndsAlsoWhereThereIsNothing) { EXPECT_EQ(ToOpenMetrics({}), "# EOF\n"); }

}  // namespace
}  // namespace heartbeat::server
