#include "server/latency_window.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace heartbeat::server {

void LatencyWindow::Add(double duration_s) {
  const std::lock_guard lock(mutex_);
  if (durations_s_.size() < size_) {
    durations_s_.push_back(duration_s);
  } else {
    durations_s_[count_ % size_] = duration_s;
  }
  ++count_;
}

std::uint64_t LatencyWindow::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::optional<LatencyWindow::Summary> LatencyWindow::Summarize() const {
  std::vector<double> sorted;
  {
    const std::lock_guard lock(mutex_);
    sorted = durations_s_;
  }
  if (sorted.empty()) return std::nullopt;
  std::ranges::sort(sorted);
  const auto count = static_cast<double>(sorted.size());
  const auto percentile = [&](double share) {
    return sorted[static_cast<std::size_t>(std::max(0.0, std::ceil(share * count) - 1))];
  };
  return Summary{.mean_s = std::accumulate(sorted.begin(), sorted.end(), 0.0) / count,
                 .p50_s = percentile(0.50),
                 .p95_s = percentile(0.95),
                 .p99_s = percentile(0.99)};
}

}  // namespace heartbeat::server
