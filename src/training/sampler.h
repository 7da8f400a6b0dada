#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "training/config.h"
#include "training/feature_cache.h"
#include "training/random.h"

namespace heartbeat::training {

// Indices of examples: what is learned from, and what is only judged (early stopping).
struct Split {
  std::vector<std::size_t> learn;
  std::vector<std::size_t> holdout;
};

// Holds out `fraction` of each database x class, rounded, and at least one where a cell has five or
// more; drawn by `seed`. Where patients are known they are what is counted, so that none stands on
// both sides. What has no label counts by its murmur, and changes nothing of what is held out of
// the others. Both lists ascend. Every example has a label or a murmur label.
[[nodiscard]] Split HoldOut(std::span<const Example> examples, double fraction, std::uint64_t seed);

// Draws recordings with a label; others are passed over. A cell of n recordings, a database x
// class, weighs min(n, cell_cap)^cell_power. sampling.first == "class": first a class, each equally
// often, then one of its cells by weight. sampling.first == "database": first a database, weighing
// the geometric mean of its cells, then one of its classes, each equally often. Then one of the
// cell's recordings. A cell whose recordings have a murmur label weighs `murmur_cell_weight` times
// as much.
class Sampler {
 public:
  Sampler(std::span<const Example> examples, std::span<const std::size_t> learn,
          const SamplingConfig& config, double murmur_cell_weight = 1);

  [[nodiscard]] std::size_t Draw(Random& random) const;

  // log(P(abnormal) / P(normal)) among the draws from a database; 0 where one class alone is drawn
  // from it, which says nothing of its patients.
  [[nodiscard]] double LogOdds(const std::string& database) const;

 private:
  struct Cell {
    std::vector<std::size_t> members;
    double cumulative_weight = 0;  // within its group
  };
  struct Group {  // the cells of a class or of a database
    std::vector<Cell> cells;
    double cumulative_weight = 0;
  };
  std::vector<Group> groups_;
  std::map<std::string, double> log_odds_;  // by database
};

}  // namespace heartbeat::training
