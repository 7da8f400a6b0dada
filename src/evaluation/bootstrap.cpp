#include "evaluation/bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

namespace heartbeat::evaluation {

Resampler::Resampler(std::span<const Resampled> recordings, std::uint64_t seed) : random_(seed) {
  std::vector<Cluster> clusters;
  std::map<std::size_t, std::size_t> index_of;
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    const auto [found, is_new] = index_of.emplace(recordings[i].cluster, clusters.size());
    if (is_new) clusters.emplace_back();
    clusters[found->second].push_back(i);
  }
  std::array<std::vector<Cluster>, 3> strata;  // normal, abnormal, mixed
  for (Cluster& cluster : clusters) {
    const auto abnormal =
        std::ranges::count_if(cluster, [&](std::size_t i) { return recordings[i].abnormal; });
    const bool all = static_cast<std::size_t>(abnormal) == cluster.size();
    strata[abnormal == 0 ? 0U : all ? 1U : 2U].push_back(std::move(cluster));
  }
  for (auto& stratum : strata) {
    if (!stratum.empty()) strata_.push_back(std::move(stratum));
  }
}

void Resampler::Draw(std::span<std::uint32_t> counts) {
  std::ranges::fill(counts, 0U);
  for (const auto& stratum : strata_) {
    for (std::size_t i = 0; i < stratum.size(); ++i) {
      // Not std::uniform_int_distribution, whose sequence differs between standard libraries.
      for (const std::size_t recording : stratum[random_() % stratum.size()]) ++counts[recording];
    }
  }
}

double Quantile(std::span<const double> sorted, double quantile) {
  const double position = quantile * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

Estimate PercentileInterval(double value, std::vector<double> replicates) {
  Estimate estimate;
  estimate.value = value;
  if (!std::isfinite(value)) return estimate;
  std::erase_if(replicates, [](double v) { return !std::isfinite(v); });
  if (replicates.empty()) return estimate;
  std::ranges::sort(replicates);
  estimate.low = Quantile(replicates, 0.025);
  estimate.high = Quantile(replicates, 0.975);
  return estimate;
}

}  // namespace heartbeat::evaluation
