#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "training/config.h"
#include "training/feature_cache.h"
#include "training/random.h"

namespace heartbeat::training {

inline constexpr std::size_t kMurmurClasses = 3;  // in the order of evaluation::Murmur

// Draws recordings with a murmur label (evaluation::MurmurLabel); others are passed over. A cell of
// n recordings, a database x class, weighs min(n, cell_cap)^cell_power: first a cell is drawn, then
// one of its recordings.
class MurmurSampler {
 public:
  // What stands for the logarithm of nothing: its softmax is 0 in single precision.
  static constexpr double kNever = -30;

  MurmurSampler(std::span<const Example> examples, std::span<const std::size_t> learn,
                const SamplingConfig& config);

  // Nothing to draw from.
  [[nodiscard]] bool IsEmpty() const { return cells_.empty(); }
  [[nodiscard]] std::size_t Draw(Random& random) const;

  // The logarithm of each class's share of the draws from a database; kNever for one that it does
  // not have.
  [[nodiscard]] std::array<double, kMurmurClasses> LogShares(const std::string& database) const;

 private:
  struct Cell {
    std::vector<std::size_t> members;
    double cumulative_weight = 0;
  };
  std::vector<Cell> cells_;
  std::map<std::string, std::array<double, kMurmurClasses>> weights_;  // by database
};

}  // namespace heartbeat::training
