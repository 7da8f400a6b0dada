#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "evaluation/measures.h"

namespace heartbeat::evaluation {

// One recording, as the resampler sees it.
struct Resampled {
  std::size_t cluster = 0;  // recordings of one number are drawn together: those of one patient
  bool abnormal = false;
};

// Draws resamples of recordings with replacement: whole clusters, within each of the strata of
// clusters that are normal throughout, abnormal throughout, or mixed. The same seed gives the same
// draws on every machine.
class Resampler {
 public:
  Resampler(std::span<const Resampled> recordings, std::uint64_t seed);

  // How often each recording is in the next resample, into `counts` (one a recording).
  void Draw(std::span<std::uint32_t> counts);

 private:
  using Cluster = std::vector<std::size_t>;  // its recordings
  std::vector<std::vector<Cluster>> strata_;
  std::mt19937_64 random_;
};

// The value below which the share `quantile` (0..1) of `sorted` lies, by linear interpolation
// between order statistics. `sorted` ascends and is not empty.
[[nodiscard]] double Quantile(std::span<const double> sorted, double quantile);

// The percentile interval (95 %) of `replicates`, those that are NaN left out; NaN where all are.
[[nodiscard]] Estimate PercentileInterval(double value, std::vector<double> replicates);

}  // namespace heartbeat::evaluation
