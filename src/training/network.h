#pragma once

#include <torch/nn.h>
#include <torch/types.h>

#include <array>
#include <cstddef>
#include <vector>

#include "training/config.h"

namespace heartbeat::training {

// Convolution (no bias), batch normalisation and a ReLU. Sizes are {mel, frame}.
struct ConvShape {
  int in_channels = 1;
  int out_channels = 1;
  std::array<int, 2> kernel = {3, 3};
  int stride = 1;
  std::array<int, 2> padding = {1, 1};
  int groups = 1;
};
struct ConvUnitImpl : torch::nn::Module {
  explicit ConvUnitImpl(const ConvShape& shape);
  torch::Tensor forward(torch::Tensor x);

  torch::nn::Conv2d conv{nullptr};
  torch::nn::BatchNorm2d norm{nullptr};
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

// The network: a 3x3 stem of stride 2, the blocks, a depthwise convolution over all that is left of
// the bands (so that each channel weighs pitch as it has learned to, where a mean would forget it),
// a pointwise one, mean and maximum over time, one linear layer. Input [batch, 1, mel, frame];
// output [batch, 1], the logit of "abnormal"; with murmurs [batch, 4], then the logits of a murmur
// present, unknown and absent, from a second linear layer over the same numbers.
struct NetworkImpl : torch::nn::Module {
  NetworkImpl(const NetworkConfig& config, int mel_bands, bool with_murmur = false);
  torch::Tensor forward(torch::Tensor x);

  ConvUnit stem{nullptr};
  std::vector<Block> blocks;
  ConvUnit collapse{nullptr};  // [batch, channel, 1, frame]
  ConvUnit mix{nullptr};
  torch::nn::Dropout dropout{nullptr};
  torch::nn::Linear linear{nullptr};
  torch::nn::Linear murmur{nullptr};  // empty without murmurs
};
TORCH_MODULE(Network);

}  // namespace heartbeat::training
