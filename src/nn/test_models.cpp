#include "nn/test_models.h"

#include <cmath>
#include <numeric>
#include <utility>

namespace heartbeat::nn {
namespace {

// Standard distributions differ between libraries; this does not.
float Uniform(std::mt19937& random, float low, float high) {
  return low + (high - low) * static_cast<float>(random() >> 8U) / 16777216.F;
}

}  // namespace

TestModel::TestModel(Shape input_shape, int opset, std::uint32_t seed)
    : input_shape_(std::move(input_shape)), builder_("test", opset), random_(seed) {
  builder_.AddInput("x", input_shape_);
}

std::string TestModel::Weights(const Shape& shape, float low, float high) {
  const std::int64_t count =
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = Uniform(random_, low, high);
  return Floats(shape, values);
}

std::string TestModel::Floats(const Shape& shape, const std::vector<float>& values) {
  std::string name = "w" + std::to_string(names_++);
  builder_.AddInitializer(name, shape, values);
  return name;
}

std::string TestModel::Integers(const std::vector<std::int64_t>& values) {
  std::string name = "i" + std::to_string(names_++);
  builder_.AddInitializer(name, Shape{static_cast<std::int64_t>(values.size())}, values);
  return name;
}

std::string TestModel::Op(const std::string& type, const std::vector<std::string>& inputs,
                          const Attributes& attributes) {
  std::string name = "t" + std::to_string(names_++);
  builder_.AddNode(type, inputs, {name}, attributes);
  operators_.insert(type);
  return name;
}

void TestModel::Output(const std::string& name, const Shape& shape) {
  builder_.AddOutput(name, shape);
}

std::string TestModel::ConvBn(const std::string& x, std::int64_t in, std::int64_t out,
                              std::int64_t kernel, std::int64_t stride, std::int64_t group) {
  const std::int64_t fan_in = in / group * kernel * kernel;
  const float range = std::sqrt(6.F / static_cast<float>(fan_in));  // He: keeps the variance
  const std::string conv =
      Op("Conv", {x, Weights({out, in / group, kernel, kernel}, -range, range)},
         {{"kernel_shape", Shape{kernel, kernel}},
          {"strides", Shape{stride, stride}},
          {"pads", Shape(4, kernel / 2)},
          {"group", group}});
  return Op("BatchNormalization", {conv, Weights({out}, 0.7F, 1.3F), Weights({out}, -0.2F, 0.2F),
                                   Weights({out}, -0.2F, 0.2F), Weights({out}, 0.7F, 1.3F)});
}

std::vector<float> RandomFloats(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& value : values) {
    // The sum of twelve uniforms has variance 1.
    for (int i = 0; i < 12; ++i) value += Uniform(random, -0.5F, 0.5F);
  }
  return values;
}

TestModel MakeHeartNetwork(std::int64_t mels, std::int64_t frames) {
  TestModel model({1, mels, frames});
  std::string x = model.ConvBn("x", 1, 24, 3, 2, 1);
  x = model.Op("HardSwish", {x});
  struct Block {
    std::int64_t in, wide, out, kernel, stride;
    const char* activation;
    bool squeeze;
  };
  const Block blocks[] = {
      {24, 48, 24, 3, 1, "Relu", false}, {24, 96, 40, 3, 2, "Relu", false},
      {40, 120, 40, 3, 1, "Relu", true}, {40, 120, 64, 5, 2, "HardSwish", true},
      {64, 192, 64, 5, 1, "Silu", true}, {64, 192, 96, 3, 2, "HardSwish", false},
      {96, 288, 96, 3, 1, "Silu", true}};
  const auto activate = [&](const std::string& value, const std::string& type) {
    if (type == "Silu") return model.Op("Mul", {value, model.Op("Sigmoid", {value})});
    return model.Op(type, {value});
  };
  for (const Block& block : blocks) {
    std::string y = activate(model.ConvBn(x, block.in, block.wide, 1, 1, 1), block.activation);
    y = activate(model.ConvBn(y, block.wide, block.wide, block.kernel, block.stride, block.wide),
                 block.activation);
    if (block.squeeze) {
      const std::int64_t narrow = block.wide / 4;
      std::string gate = model.Op("GlobalAveragePool", {y});
      gate = model.Op("Relu", {model.ConvBn(gate, block.wide, narrow, 1, 1, 1)});
      gate = model.Op("HardSigmoid", {model.ConvBn(gate, narrow, block.wide, 1, 1, 1)},
                      {{"alpha", 1.F / 6.F}, {"beta", 0.5F}});
      y = model.Op("Mul", {y, gate});
    }
    y = model.ConvBn(y, block.wide, block.out, 1, 1, 1);
    x = block.in == block.out && block.stride == 1 ? model.Op("Add", {y, x}) : y;
  }
  x = model.Op("HardSwish", {model.ConvBn(x, 96, 192, 1, 1, 1)});
  const std::string mean = model.Op(
      "ReduceMean", {x}, {{"axes", TestModel::Shape{2, 3}}, {"keepdims", std::int64_t{0}}});
  const std::string most =
      model.Op("ReduceMax", {x}, {{"axes", TestModel::Shape{2, 3}}, {"keepdims", std::int64_t{0}}});
  x = model.Op("Concat", {mean, most}, {{"axis", std::int64_t{1}}});
  x = model.Op("Gemm", {x, model.Weights({1, 384}, -0.1F, 0.1F), model.Weights({1})},
               {{"transB", std::int64_t{1}}});
  model.Output(x, {1});
  return model;
}

}  // namespace heartbeat::nn
