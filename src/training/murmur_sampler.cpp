#include "training/murmur_sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "evaluation/murmur_label.h"

namespace heartbeat::training {

MurmurSampler::MurmurSampler(std::span<const Example> examples, std::span<const std::size_t> learn,
                             const SamplingConfig& config) {
  std::map<std::pair<std::string, std::size_t>, std::vector<std::size_t>> members;
  for (const std::size_t i : learn) {
    const auto murmur = evaluation::MurmurLabel(examples[i].entry);
    if (!murmur) continue;
    members[{examples[i].entry.database, static_cast<std::size_t>(*murmur)}].push_back(i);
  }
  double total = 0;
  for (auto& [key, cell] : members) {
    const double size = std::min<double>(static_cast<double>(cell.size()), config.cell_cap);
    const double weight = std::pow(size, config.cell_power);
    weights_[key.first].at(key.second) = weight;
    total += weight;
    cells_.push_back({std::move(cell), total});
  }
}

std::size_t MurmurSampler::Draw(Random& random) const {
  const double target = random.Uniform(0, cells_.back().cumulative_weight);
  const auto at = std::ranges::upper_bound(cells_, target, {}, &Cell::cumulative_weight);
  const Cell& cell = at == cells_.end() ? cells_.back() : *at;
  return cell.members[random.Index(cell.members.size())];
}

std::array<double, kMurmurClasses> MurmurSampler::LogShares(const std::string& database) const {
  std::array<double, kMurmurClasses> logs;
  logs.fill(kNever);
  const auto found = weights_.find(database);
  if (found == weights_.end()) return logs;
  const auto& weights = found->second;
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (std::size_t c = 0; c < kMurmurClasses; ++c) {
    if (weights.at(c) > 0) logs.at(c) = std::log(weights.at(c) / total);
  }
  return logs;
}

}  // namespace heartbeat::training
