#pragma once

#include <torch/nn.h>
#include <torch/types.h>

#include <cstddef>
#include <vector>

#include "training/config.h"

namespace heartbeat::training {

// Convolution (no bias), batch normalisation and, where `relu`, a ReLU.
struct ConvUnitImpl : torch::nn::Module {
  ConvUnitImpl(int in_channels, int out_channels, int kernel, int stride, int groups, bool relu);
  torch::Tensor forward(torch::Tensor x);

  torch::nn::Conv2d conv{nullptr};
  torch::nn::BatchNorm2d norm{nullptr};
  bool relu;
};
TORCH_MODULE(ConvUnit);

// A depthwise-separable block: depthwise 3x3, then pointwise 1x1. Its input is added to its output
// where their shapes agree.
struct BlockImpl : torch::nn::Module {
  BlockImpl(int in_channels, int out_channels, int stride);
  torch::Tensor forward(torch::Tensor x);

  ConvUnit depthwise{nullptr};
  ConvUnit pointwise{nullptr};
  bool residual;
};
TORCH_MODULE(Block);

// The network: a 3x3 stem of stride 2, the blocks, mean over the bands, mean and maximum over time,
// one linear layer. Input [batch, 1, mel, frame]; output [batch, 1], the logit of "abnormal".
struct NetworkImpl : torch::nn::Module {
  explicit NetworkImpl(const NetworkConfig& config);
  torch::Tensor forward(torch::Tensor x);

  ConvUnit stem{nullptr};
  std::vector<Block> blocks;
  torch::nn::Dropout dropout{nullptr};
  torch::nn::Linear linear{nullptr};
};
TORCH_MODULE(Network);

}  // namespace heartbeat::training
