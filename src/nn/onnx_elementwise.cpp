// Operators on each number by itself, or on two tensors number by number.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "nn/onnx_operators.h"

namespace heartbeat::nn {
namespace {

using base::Result;

// The shape of a constant against an item of `rank` dimensions: without the batch and with leading
// ones. Nothing if it cannot be one.
std::optional<Shape> AlignConstant(Shape shape, std::size_t rank) {
  if (shape.size() == rank + 1 && shape.front() == 1) shape.erase(shape.begin());
  if (shape.size() > rank) return std::nullopt;
  shape.insert(shape.begin(), rank - shape.size(), 1);
  return shape;
}

std::optional<Shape> Broadcast(const Shape& a, const Shape& b) {
  if (a.size() != b.size()) return std::nullopt;
  Shape shape(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && a[i] != 1 && b[i] != 1) return std::nullopt;
    shape[i] = std::max(a[i], b[i]);
  }
  return shape;
}

BinaryOp::Kind KindOf(const std::string& op_type) {
  if (op_type == "Add") return BinaryOp::Kind::kAdd;
  if (op_type == "Sub") return BinaryOp::Kind::kSubtract;
  if (op_type == "Mul") return BinaryOp::Kind::kMultiply;
  return BinaryOp::Kind::kDivide;
}

// x op c, or c op x, as scale * x + shift. Nothing for c / x.
std::optional<std::pair<float, float>> AsLinear(BinaryOp::Kind kind, float c, bool constant_first) {
  switch (kind) {
    case BinaryOp::Kind::kAdd:
      return std::pair(1.F, c);
    case BinaryOp::Kind::kSubtract:
      return constant_first ? std::pair(-1.F, c) : std::pair(1.F, -c);
    case BinaryOp::Kind::kMultiply:
      return std::pair(c, 0.F);
    case BinaryOp::Kind::kDivide:
      break;
  }
  if (constant_first || !std::isfinite(1.F / c)) return std::nullopt;
  return std::pair(1.F / c, 0.F);
}

// One number a channel (axis 0), or one for all channels.
std::optional<AffineOp> AsAffine(BinaryOp::Kind kind, const Shape& item, const Shape& constant,
                                 const std::vector<float>& values, bool constant_first) {
  if (item.empty() || constant[0] != item[0] ||
      std::any_of(constant.begin() + 1, constant.end(), [](auto dim) { return dim != 1; })) {
    return std::nullopt;
  }
  AffineOp affine;
  for (const float value : values) {
    const auto linear = AsLinear(kind, value, constant_first);
    if (!linear) return std::nullopt;
    affine.scale.push_back(linear->first);
    affine.shift.push_back(linear->second);
  }
  return affine;
}

Result<void> ImportBinaryWithConstant(OnnxNode& node, bool constant_first) {
  const BinaryOp::Kind kind = KindOf(node.op_type());
  const int constant_index = constant_first ? 0 : 1;
  const ValueId x = node.Activation(1 - constant_index);
  const std::optional<float> scalar = node.ScalarConstant(constant_index);
  if (scalar && node.ok()) {
    if (const auto linear = AsLinear(kind, *scalar, constant_first)) {
      if (auto checked = node.Check(); !checked) return checked;
      return node.Finish(EltwiseOp{}, {x}, node.ShapeOf(x),
                         {{Eltwise::Kind::kLinear, linear->first, linear->second}});
    }
  }
  const OnnxTensor constant = node.FloatConstant(constant_index);
  if (auto checked = node.Check(); !checked) return checked;
  const Shape item = node.ShapeOf(x);
  const auto aligned = AlignConstant(constant.shape, item.size());
  const auto shape = aligned && !constant.floats.empty() ? Broadcast(item, *aligned) : std::nullopt;
  if (!shape) {
    return node.Failed("takes a constant of the shape " + ToString(constant.shape) +
                       ", which does not fit its input " + ToString(item) +
                       " (without the batch).");
  }
  if (*shape == item) {
    if (auto affine = AsAffine(kind, item, *aligned, constant.floats, constant_first)) {
      return node.Finish(std::move(*affine), {x}, *shape);
    }
  }
  const ValueId value = node.AddConstant(*aligned, constant.floats);
  return node.Finish(BinaryOp{kind}, constant_first ? std::vector{value, x} : std::vector{x, value},
                     *shape);
}

}  // namespace

Result<void> ImportActivation(OnnxNode& node) {
  using Kind = Eltwise::Kind;
  const std::string& type = node.op_type();
  const ValueId x = node.Activation(0);
  std::vector<Eltwise> activations;
  if (type == "Relu") {
    activations = {{Kind::kRelu, 0.F, 0.F}};
  } else if (type == "LeakyRelu") {
    activations = {{Kind::kRelu, node.Float("alpha", 0.01F), 0.F}};
  } else if (type == "Sigmoid") {
    activations = {{Kind::kLogistic, 0.F, 0.F}};
  } else if (type == "Tanh") {
    activations = {{Kind::kTanh, 0.F, 0.F}};
  } else if (type == "HardSwish") {
    activations = {{Kind::kHardSwish, 0.F, 0.F}};
  } else {  // HardSigmoid
    const float alpha = node.Float("alpha", 0.2F);
    activations = {{Kind::kLinear, alpha, node.Float("beta", 0.5F)}, {Kind::kClip, 0.F, 1.F}};
  }
  if (auto checked = node.Check(); !checked) return checked;
  return node.Finish(EltwiseOp{}, {x}, node.ShapeOf(x), std::move(activations));
}

Result<void> ImportClip(OnnxNode& node) {
  const ValueId x = node.Activation(0);
  float bounds[2] = {std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max()};
  for (int i = 0; i < 2; ++i) {
    if (!node.HasInput(i + 1)) continue;
    const auto bound = node.ScalarConstant(i + 1);
    if (!bound)
      return node.Failed("needs a constant number as input " + std::to_string(i + 1) + ".");
    bounds[i] = *bound;
  }
  if (auto checked = node.Check(); !checked) return checked;
  if (bounds[0] > bounds[1]) return node.Failed("has a minimum above its maximum.");
  return node.Finish(EltwiseOp{}, {x}, node.ShapeOf(x),
                     {{Eltwise::Kind::kClip, bounds[0], bounds[1]}});
}

Result<void> ImportBinary(OnnxNode& node) {
  if (node.InputIsConstant(1)) return ImportBinaryWithConstant(node, false);
  if (node.InputIsConstant(0)) return ImportBinaryWithConstant(node, true);
  const ValueId a = node.Activation(0);
  const ValueId b = node.Activation(1);
  if (auto checked = node.Check(); !checked) return checked;
  auto shape = Broadcast(node.ShapeOf(a), node.ShapeOf(b));
  if (!shape) {
    return node.Failed("takes the shapes " + ToString(node.ShapeOf(a)) + " and " +
                       ToString(node.ShapeOf(b)) + " (without the batch), which do not fit.");
  }
  return node.Finish(BinaryOp{KindOf(node.op_type())}, {a, b}, std::move(*shape));
}

Result<void> ImportBatchNormalization(OnnxNode& node) {
  const ValueId x = node.Activation(0);
  const float epsilon = node.Float("epsilon", 1e-5F);
  node.Float("momentum", 0.9F);
  if (node.Int("training_mode", 0) != 0) node.Reject("is in training mode.");
  const std::vector<float>& scale = node.FloatConstant(1).floats;
  const std::vector<float>& shift = node.FloatConstant(2).floats;
  const std::vector<float>& mean = node.FloatConstant(3).floats;
  const std::vector<float>& variance = node.FloatConstant(4).floats;
  if (auto checked = node.Check(); !checked) return checked;
  const Shape shape = node.ShapeOf(x);
  const auto channels = shape.empty() ? 0 : static_cast<std::size_t>(shape[0]);
  if (channels == 0 || scale.size() != channels || shift.size() != channels ||
      mean.size() != channels || variance.size() != channels) {
    return node.Failed("has other numbers of channels than its input " + ToString(shape) + ".");
  }
  AffineOp affine;
  for (std::size_t c = 0; c < channels; ++c) {
    const double factor = scale[c] / std::sqrt(static_cast<double>(variance[c]) + epsilon);
    affine.scale.push_back(static_cast<float>(factor));
    affine.shift.push_back(static_cast<float>(shift[c] - factor * mean[c]));
    if (!std::isfinite(affine.scale.back()) || !std::isfinite(affine.shift.back())) {
      return node.Failed("has a variance that is negative or too small in channel " +
                         std::to_string(c) + ".");
    }
  }
  return node.Finish(std::move(affine), {x}, shape);
}

}  // namespace heartbeat::nn
