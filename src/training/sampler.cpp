#include "training/sampler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace heartbeat::training {
namespace {

using CellKey = std::pair<evaluation::Label, std::string>;

std::map<CellKey, std::vector<std::size_t>> GroupByCell(std::span<const Example> examples,
                                                        std::span<const std::size_t> indices) {
  std::map<CellKey, std::vector<std::size_t>> cells;
  for (const std::size_t i : indices) {
    cells[{examples[i].entry.label.value(), examples[i].entry.database}].push_back(i);
  }
  return cells;
}

}  // namespace

Split HoldOut(std::span<const Example> examples, double fraction, std::uint64_t seed) {
  std::vector<std::size_t> all(examples.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  Split split;
  std::uint64_t cell_number = 0;
  for (auto& [key, members] : GroupByCell(examples, all)) {
    Random random(seed, 0, cell_number++);
    for (std::size_t i = members.size(); i > 1; --i) {
      std::swap(members[i - 1], members[random.Index(i)]);
    }
    auto held =
        static_cast<std::size_t>(std::llround(fraction * static_cast<double>(members.size())));
    if (held == 0 && members.size() >= 5) held = 1;
    split.holdout.insert(split.holdout.end(), members.begin(),
                         members.begin() + static_cast<std::ptrdiff_t>(held));
    split.learn.insert(split.learn.end(), members.begin() + static_cast<std::ptrdiff_t>(held),
                       members.end());
  }
  std::ranges::sort(split.learn);
  std::ranges::sort(split.holdout);
  return split;
}

Sampler::Sampler(std::span<const Example> examples, std::span<const std::size_t> learn,
                 const SamplingConfig& config) {
  std::map<evaluation::Label, std::vector<Cell>> by_class;
  for (auto& [key, members] : GroupByCell(examples, learn)) {
    std::vector<Cell>& cells = by_class[key.first];
    const double before = cells.empty() ? 0 : cells.back().cumulative_weight;
    const double size = std::min<double>(static_cast<double>(members.size()), config.cell_cap);
    cells.push_back({std::move(members), before + std::pow(size, config.cell_power)});
  }
  for (auto& [label, cells] : by_class) classes_.push_back(std::move(cells));
}

std::size_t Sampler::Draw(Random& random) const {
  const std::vector<Cell>& cells = classes_[random.Index(classes_.size())];
  const double target = random.Uniform(0, cells.back().cumulative_weight);
  const auto cell = std::ranges::upper_bound(cells, target, {}, &Cell::cumulative_weight);
  const Cell& chosen = cell == cells.end() ? cells.back() : *cell;
  return chosen.members[random.Index(chosen.members.size())];
}

}  // namespace heartbeat::training
