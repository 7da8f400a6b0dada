#include "training/cell_variance.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <array>
#include <cstddef>

namespace heartbeat::training {
namespace {

TEST(CellVariance, OfTheMeansOfCellsWithTwoWindows) {
  const std::array<std::size_t, 8> cells = {0, 1, 0, 2, 1, 2, 3, 0};
  const torch::Tensor losses =
      torch::tensor({1.0F, 2.0F, 3.0F, 5.0F, 4.0F, 7.0F, 100.0F, 2.0F}).view({-1, 1});
  // Means 2, 3 and 6; the window of cell 3 is alone. Mean 11/3, sum of squares 26/3, over 2.
  EXPECT_NEAR(CellVariance(losses, cells).item<double>(), 13.0 / 3, 1e-5);
}

TEST(CellVariance, IsNothingOfTwoCells) {
  const std::array<std::size_t, 4> cells = {0, 0, 1, 1};
  const torch::Tensor losses = torch::tensor({1.0F, 1.0F, 9.0F, 9.0F}).view({-1, 1});
  EXPECT_EQ(CellVariance(losses, cells).item<double>(), 0);
}

TEST(CellVariance, PullsTheCellsTogether) {
  const std::array<std::size_t, 6> cells = {0, 0, 1, 1, 2, 2};
  torch::Tensor losses = torch::tensor({1.0F, 1.0F, 2.0F, 2.0F, 6.0F, 6.0F}).view({-1, 1});
  losses.requires_grad_();
  CellVariance(losses, cells).backward();
  EXPECT_LT(losses.grad()[0].item<float>(), 0) << "the best cell may lose";
  EXPECT_GT(losses.grad()[5].item<float>(), 0) << "the worst is to gain";
}

}  // namespace
}  // namespace heartbeat::training
