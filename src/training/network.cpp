#include "training/network.h"

#include <torch/nn/functional.h>

#include <string>

namespace heartbeat::training {

ConvUnitImpl::ConvUnitImpl(const ConvShape& shape) {
  conv = register_module(
      "conv",
      torch::nn::Conv2d(torch::nn::Conv2dOptions(shape.in_channels, shape.out_channels,
                                                 {shape.kernel[0], shape.kernel[1]})
                            .stride(shape.stride)
                            .padding(torch::ExpandingArray<2>({shape.padding[0], shape.padding[1]}))
                            .groups(shape.groups)
                            .bias(false)));
  norm = register_module("norm", torch::nn::BatchNorm2d(shape.out_channels));
}

torch::Tensor ConvUnitImpl::forward(torch::Tensor x) { return norm(conv(x)).relu_(); }

BlockImpl::BlockImpl(int in_channels, int out_channels, int stride)
    : residual(in_channels == out_channels && stride == 1) {
  depthwise = register_module("depthwise", ConvUnit(ConvShape{.in_channels = in_channels,
                                                              .out_channels = in_channels,
                                                              .stride = stride,
                                                              .groups = in_channels}));
  pointwise = register_module("pointwise", ConvUnit(ConvShape{.in_channels = in_channels,
                                                              .out_channels = out_channels,
                                                              .kernel = {1, 1},
                                                              .padding = {0, 0}}));
}

torch::Tensor BlockImpl::forward(torch::Tensor x) {
  const torch::Tensor y = pointwise(depthwise(x));
  return residual ? x + y : y;
}

NetworkImpl::NetworkImpl(const NetworkConfig& config, int mel_bands, bool with_murmur) {
  stem = register_module("stem",
                         ConvUnit(ConvShape{.out_channels = config.stem_channels, .stride = 2}));
  int channels = config.stem_channels;
  int rows = (mel_bands + 1) / 2;
  for (std::size_t i = 0; i < config.channels.size(); ++i) {
    const int stride = config.strides[i];
    blocks.push_back(
        register_module("block" + std::to_string(i), Block(channels, config.channels[i], stride)));
    channels = config.channels[i];
    rows = (rows + stride - 1) / stride;
  }
  collapse = register_module("collapse", ConvUnit(ConvShape{.in_channels = channels,
                                                            .out_channels = channels,
                                                            .kernel = {rows, 1},
                                                            .padding = {0, 0},
                                                            .groups = channels}));
  mix = register_module(
      "mix",
      ConvUnit(ConvShape{
          .in_channels = channels, .out_channels = channels, .kernel = {1, 1}, .padding = {0, 0}}));
  dropout = register_module("dropout", torch::nn::Dropout(config.dropout));
  linear = register_module("linear", torch::nn::Linear(2 * channels, 1));
  // Last, so that the weights before it begin as they do without it.
  if (with_murmur) murmur = register_module("murmur", torch::nn::Linear(2 * channels, 3));
}

torch::Tensor NetworkImpl::forward(torch::Tensor x) {
  // oneDNN's kernels like channels last: this halves the time that a step spends in reordering.
  x = stem(x).contiguous(at::MemoryFormat::ChannelsLast);
  for (Block& block : blocks) x = block(x);
  x = mix(collapse(x)).squeeze(2);  // [batch, channel, frame]
  x = torch::cat({x.mean(2), x.amax(2)}, 1);
  x = dropout(x);
  return murmur ? torch::cat({linear(x), murmur(x)}, 1) : linear(x);
}

}  // namespace heartbeat::training
