#include "server/open_metrics.h"

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <string_view>

namespace heartbeat::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::string_view kTotal = "_total";

std::string Escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// The shortest text that reads back to the same number.
std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

// The specification wants the bounds of buckets to be written alike everywhere: "1.0", never "1".
std::string Bound(double value) {
  auto text = Number(value);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

class Writer {
 public:
  void Write(const MetricFamily& family) {
    switch (family.type) {
      case MetricType::Counter: {
        assert(family.name.ends_with(kTotal));
        const auto name = family.name.substr(0, family.name.size() - kTotal.size());
        Describe(name, "counter", family.help);
        for (const auto& metric : family.metric) {
          Sample(family.name, metric.label, {}, Number(metric.counter.value));
        }
        break;
      }
      case MetricType::Gauge:
        Describe(family.name, "gauge", family.help);
        for (const auto& metric : family.metric) {
          Sample(family.name, metric.label, {}, Number(metric.gauge.value));
        }
        break;
      case MetricType::Histogram:
        Describe(family.name, "histogram", family.help);
        for (const auto& metric : family.metric) WriteHistogram(family.name, metric);
        break;
      default:
        break;
    }
  }

  std::string Finish() && { return std::move(text_) + "# EOF\n"; }

 private:
  void Describe(std::string_view name, std::string_view type, std::string_view help) {
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    text_.append("# HELP ").append(name).append(" ").append(Escape(help)).append("\n");
  }

  void Sample(std::string_view name, const std::vector<ClientMetric::Label>& labels,
              std::string_view bound, const std::string& value) {
    text_ += name;
    std::string_view separator = "{";
    const auto add = [&](std::string_view label, std::string_view content) {
      text_.append(separator).append(label).append("=\"").append(Escape(content)).append("\"");
      separator = ",";
    };
    for (const auto& label : labels) add(label.name, label.value);
    if (!bound.empty()) add("le", bound);
    if (separator == ",") text_ += '}';
    text_.append(" ").append(value).append("\n");
  }

  void WriteHistogram(const std::string& name, const ClientMetric& metric) {
    const auto& histogram = metric.histogram;
    for (const auto& bucket : histogram.bucket) {
      Sample(name + "_bucket", metric.label, Bound(bucket.upper_bound),
             std::to_string(bucket.cumulative_count));
    }
    Sample(name + "_count", metric.label, {}, std::to_string(histogram.sample_count));
    Sample(name + "_sum", metric.label, {}, Number(histogram.sample_sum));
  }

  std::string text_;
};

}  // namespace

std::string ToOpenMetrics(std::span<const MetricFamily> families) {
  Writer writer;
  for (const auto& family : families) writer.Write(family);
  return std::move(writer).Finish();
}

}  // namespace heartbeat::server
