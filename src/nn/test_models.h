#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "nn/onnx_builder.h"

namespace heartbeat::nn {

// Builds small models with random weights, for tests. The input is named "x".
class TestModel {
 public:
  using Shape = std::vector<std::int64_t>;
  using Attributes = std::map<std::string, OnnxBuilder::Attribute>;

  // `input_shape` is without the batch.
  explicit TestModel(Shape input_shape, int opset = 17, std::uint32_t seed = 1);

  // Names of new constants: floats uniform in [low, high); given floats; given integers.
  std::string Weights(const Shape& shape, float low = -0.5F, float high = 0.5F);
  std::string Floats(const Shape& shape, const std::vector<float>& values);
  std::string Integers(const std::vector<std::int64_t>& values);
  // The name of a new node's output.
  std::string Op(const std::string& type, const std::vector<std::string>& inputs,
                 const Attributes& attributes = {});
  // Declares `name`, whose shape (without the batch) the caller knows, an output.
  void Output(const std::string& name, const Shape& shape);

  // A convolution of `x` with `channels` channels, without a bias, and its batch normalisation.
  std::string ConvBn(const std::string& x, std::int64_t in, std::int64_t out, std::int64_t kernel,
                     std::int64_t stride, std::int64_t group);

  [[nodiscard]] const Shape& input_shape() const { return input_shape_; }
  [[nodiscard]] const std::set<std::string>& operators() const { return operators_; }
  [[nodiscard]] std::vector<std::byte> Serialize() const { return builder_.Serialize(); }
  OnnxBuilder& builder() { return builder_; }

 private:
  Shape input_shape_;
  OnnxBuilder builder_;
  std::mt19937 random_;
  std::set<std::string> operators_;
  int names_ = 0;
};

// `count` floats, normally distributed, the same on every machine and for every seed its own.
[[nodiscard]] std::vector<float> RandomFloats(std::size_t count, std::uint32_t seed);

// A network of the kind that listens to heart sounds: [1, mels, frames], a strided stem, inverted
// residuals with squeeze and excitation, mean and max pooling, one logit. 128 x 313 costs 153
// million multiply-accumulates.
[[nodiscard]] TestModel MakeHeartNetwork(std::int64_t mels = 128, std::int64_t frames = 313);

}  // namespace heartbeat::nn
