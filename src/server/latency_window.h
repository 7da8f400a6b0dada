#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace heartbeat::server {

// How long the latest of something took. Thread-safe; memory is bounded by the window.
class LatencyWindow {
 public:
  // Of the latest; percentiles by the nearest rank, so that each is a time that was measured.
  struct Summary {
    double mean_s = 0;
    double p50_s = 0;
    double p95_s = 0;
    double p99_s = 0;
  };

  // `size`: how many of the latest are kept, at least 1.
  explicit LatencyWindow(std::size_t size) : size_(size) {}

  void Add(double duration_s);
  // Of all that were ever added.
  [[nodiscard]] std::uint64_t count() const;
  // nullopt before the first.
  [[nodiscard]] std::optional<Summary> Summarize() const;

 private:
  const std::size_t size_;
  mutable std::mutex mutex_;
  std::vector<double> durations_s_;  // a ring once it has `size_`
  std::uint64_t count_ = 0;
};

}  // namespace heartbeat::server
