#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
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
// both sides. Both lists ascend. Every example has a label, here and below.
[[nodiscard]] Split HoldOut(std::span<const Example> examples, double fraction, std::uint64_t seed);

// Draws recordings: first the class, each as often as the other, then a database with weight
// min(n, cell_cap)^cell_power, then one of its recordings.
class Sampler {
 public:
  Sampler(std::span<const Example> examples, std::span<const std::size_t> learn,
          const SamplingConfig& config);

  [[nodiscard]] std::size_t Draw(Random& random) const;

 private:
  struct Cell {
    std::vector<std::size_t> members;
    double cumulative_weight = 0;
  };
  std::vector<std::vector<Cell>> classes_;  // only classes that have recordings
};

}  // namespace heartbeat::training
