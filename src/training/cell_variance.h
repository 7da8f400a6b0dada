#pragma once

#include <torch/types.h>

#include <cstddef>
#include <span>

namespace heartbeat::training {

// The variance of the mean losses of the cells that have at least two windows, a scalar that
// gradients flow through; 0 of fewer than three such cells, whose variance would say little.
// `losses` [window, 1]; `cells` the cell of each window. Source: Krueger et al.,
// Out-of-Distribution Generalization via Risk Extrapolation, ICML 2021 (V-REx).
[[nodiscard]] torch::Tensor CellVariance(const torch::Tensor& losses,
                                         std::span<const std::size_t> cells);

}  // namespace heartbeat::training
