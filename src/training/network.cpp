#include "training/network.h"

#include <torch/nn/functional.h>

#include <string>

namespace heartbeat::training {

ConvUnitImpl::ConvUnitImpl(int in_channels, int out_channels, int kernel, int stride, int groups,
                           bool with_relu)
    : relu(with_relu) {
  conv = register_module(
      "conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(in_channels, out_channels, kernel)
                                    .stride(stride)
                                    .padding(kernel / 2)
                                    .groups(groups)
                                    .bias(false)));
  norm = register_module("norm", torch::nn::BatchNorm2d(out_channels));
}

torch::Tensor ConvUnitImpl::forward(torch::Tensor x) {
  x = norm(conv(x));
  return relu ? torch::relu_(x) : x;
}

BlockImpl::BlockImpl(int in_channels, int out_channels, int stride)
    : residual(in_channels == out_channels && stride == 1) {
  depthwise =
      register_module("depthwise", ConvUnit(in_channels, in_channels, 3, stride, in_channels,
                                            /*relu=*/true));
  pointwise =
      register_module("pointwise", ConvUnit(in_channels, out_channels, 1, 1, 1, /*relu=*/true));
}

torch::Tensor BlockImpl::forward(torch::Tensor x) {
  const torch::Tensor y = pointwise(depthwise(x));
  return residual ? x + y : y;
}

NetworkImpl::NetworkImpl(const NetworkConfig& config) {
  stem = register_module("stem", ConvUnit(1, config.stem_channels, 3, 2, 1, /*relu=*/true));
  int channels = config.stem_channels;
  for (std::size_t i = 0; i < config.channels.size(); ++i) {
    blocks.push_back(register_module("block" + std::to_string(i),
                                     Block(channels, config.channels[i], config.strides[i])));
    channels = config.channels[i];
  }
  dropout = register_module("dropout", torch::nn::Dropout(config.dropout));
  linear = register_module("linear", torch::nn::Linear(2 * channels, 1));
}

torch::Tensor NetworkImpl::forward(torch::Tensor x) {
  x = stem(x);
  for (Block& block : blocks) x = block(x);
  x = x.mean(2);  // [batch, channel, frame]
  x = torch::cat({x.mean(2), x.amax(2)}, 1);
  return linear(dropout(x));
}

}  // namespace heartbeat::training
