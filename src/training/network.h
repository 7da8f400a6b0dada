#pragma once

#include <torch/nn.h>
#include <torch/types.h>

#include <array>
#include <cstddef>
#include <optional>
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

// A 3x3 stem of stride 2, the blocks, a depthwise convolution over all that is left of the bands
// (so that each channel weighs pitch as it has learned to, where a mean would forget it), a
// pointwise one, mean and maximum over time. Input [batch, 1, mel, frame]; output [batch, 2 *
// channel].
struct TrunkImpl : torch::nn::Module {
  TrunkImpl(const NetworkConfig& config, int mel_bands);
  torch::Tensor forward(torch::Tensor x);

  ConvUnit stem{nullptr};
  std::vector<Block> blocks;
  ConvUnit collapse{nullptr};  // [batch, channel, 1, frame]
  ConvUnit mix{nullptr};
};
TORCH_MODULE(Trunk);

// What makes a network but its weights.
struct NetworkShape {
  NetworkConfig network;
  int mel_bands = 0;
  bool with_murmur = false;
  struct Second {
    NetworkConfig network;
    int bands = 0;     // rows of the input above mel_bands (features::SecondView)
    double limit = 0;  // SecondConfig::limit
  };
  std::optional<Second> second;
};

// A trunk and one linear layer. Input [batch, 1, mel, frame]; output [batch, 1], the logit of
// "abnormal"; with murmurs [batch, 4], then the logits of a murmur present, unknown and absent,
// from a linear layer of their own over the same numbers. With a second trunk, which has the last
// rows of the input and a linear layer of its own, the logit is that of the second and, cut off at
// +-limit, that of the first; the murmurs are the second's.
struct NetworkImpl : torch::nn::Module {
  explicit NetworkImpl(const NetworkShape& shape);
  NetworkImpl(const NetworkConfig& config, int mel_bands, bool with_murmur = false)
      : NetworkImpl(NetworkShape{config, mel_bands, with_murmur, std::nullopt}) {}
  torch::Tensor forward(const torch::Tensor& x);

  const NetworkShape shape;
  Trunk trunk{nullptr};
  torch::nn::Dropout dropout{nullptr};
  torch::nn::Linear linear{nullptr};
  torch::nn::Linear murmur{nullptr};  // empty without murmurs
  Trunk second{nullptr};              // empty without a second trunk
  torch::nn::Linear second_linear{nullptr};
};
TORCH_MODULE(Network);

// The row of the first trunk's last map over which the lowest row of the second's lies, where both
// have the same total stride.
[[nodiscard]] int FirstSharedRow(const features::SecondView& view, const NetworkConfig& first);

// Copies the weights and running statistics that both have, by their names.
void CopyTensors(const torch::nn::Module& from, const torch::nn::Module& to);

}  // namespace heartbeat::training
