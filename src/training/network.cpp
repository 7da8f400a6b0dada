#include "training/network.h"

#include <torch/nn/functional.h>

#include <cmath>
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

TrunkImpl::TrunkImpl(const NetworkConfig& config, int mel_bands) {
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
}

torch::Tensor TrunkImpl::forward(torch::Tensor x) {
  // oneDNN's kernels like channels last: this halves the time that a step spends in reordering.
  x = stem(x).contiguous(at::MemoryFormat::ChannelsLast);
  for (Block& block : blocks) x = block(x);
  x = mix(collapse(x)).squeeze(2);  // [batch, channel, frame]
  return torch::cat({x.mean(2), x.amax(2)}, 1);
}

NetworkImpl::NetworkImpl(const NetworkShape& network_shape) : shape(network_shape) {
  const auto pooled = [](const NetworkConfig& config) { return 2 * config.channels.back(); };
  trunk = register_module("trunk", Trunk(shape.network, shape.mel_bands));
  dropout = register_module("dropout", torch::nn::Dropout(shape.network.dropout));
  linear = register_module("linear", torch::nn::Linear(pooled(shape.network), 1));
  if (shape.second) {
    const NetworkShape::Second& other = *shape.second;
    second = register_module("second", Trunk(other.network, other.bands));
    second_linear = register_module("second_linear", torch::nn::Linear(pooled(other.network), 1));
  }
  // Last, so that the weights before it begin as they do without it.
  if (shape.with_murmur) {
    const NetworkConfig& heard_by = shape.second ? shape.second->network : shape.network;
    murmur = register_module("murmur", torch::nn::Linear(pooled(heard_by), 3));
  }
}

torch::Tensor NetworkImpl::forward(const torch::Tensor& x) {
  const torch::Tensor pooled = dropout(trunk(second ? x.narrow(2, 0, shape.mel_bands) : x));
  if (!second) {
    return murmur ? torch::cat({linear(pooled), murmur(pooled)}, 1) : linear(pooled);
  }
  const torch::Tensor other = dropout(second(x.narrow(2, shape.mel_bands, shape.second->bands)));
  const double limit = shape.second->limit;
  const torch::Tensor logit = linear(pooled).clamp(-limit, limit) + second_linear(other);
  return murmur ? torch::cat({logit, murmur(other)}, 1) : logit;
}

int FirstSharedRow(const features::SecondView& view, const NetworkConfig& first) {
  return static_cast<int>(std::lround(static_cast<double>(view.first_band) / first.TotalStride()));
}

void CopyTensors(const torch::nn::Module& from, const torch::nn::Module& to) {
  const torch::NoGradGuard no_grad;
  const auto copy = [](auto&& source, auto&& into) {
    for (const auto& item : source) {
      if (auto* tensor = into.find(item.key())) tensor->copy_(item.value());
    }
  };
  copy(from.named_parameters(), to.named_parameters());
  copy(from.named_buffers(), to.named_buffers());
}

}  // namespace heartbeat::training
