#include "training/cell_variance.h"

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <vector>

namespace heartbeat::training {

torch::Tensor CellVariance(const torch::Tensor& losses, std::span<const std::size_t> cells) {
  std::map<std::size_t, std::vector<std::int64_t>> members;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    members[cells[i]].push_back(static_cast<std::int64_t>(i));
  }
  std::vector<torch::Tensor> means;
  for (const auto& [cell, windows] : members) {
    if (windows.size() < 2) continue;
    means.push_back(losses.index_select(0, torch::tensor(windows, losses.device())).mean());
  }
  if (means.size() < 3) return torch::zeros({}, losses.options());
  return torch::stack(means).var();
}

}  // namespace heartbeat::training
