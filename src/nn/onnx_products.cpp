// Operators that combine numbers along an axis: products, reductions, softmax.
#include <algorithm>
#include <cmath>
#include <utility>

#include "nn/onnx_operators.h"

namespace heartbeat::nn {
namespace {

using base::Result;

// ONNX axes (negative ones count from the end) of a value of the item shape `shape`, as ascending
// axes of the item. Rejects the batch and what does not exist.
std::vector<std::size_t> ItemAxes(OnnxNode& node, const std::vector<std::int64_t>& axes,
                                  const Shape& shape) {
  std::vector<std::size_t> result;
  const auto rank = static_cast<std::int64_t>(shape.size()) + 1;
  for (std::int64_t axis : axes) {
    if (axis < 0) axis += rank;
    if (axis < 1 || axis >= rank) {
      node.Reject("works along the batch, or along an axis that its input does not have.");
      return {};
    }
    result.push_back(static_cast<std::size_t>(axis - 1));
  }
  std::ranges::sort(result);
  if (std::ranges::adjacent_find(result) != result.end()) node.Reject("names an axis twice.");
  return result;
}

// [in, out] (or [out, in] if `transposed`) -> [out, in], times `factor`.
std::vector<float> ToOutIn(const OnnxTensor& weights, bool transposed, float factor) {
  std::vector<float> result = weights.floats;
  const auto rows = static_cast<std::size_t>(weights.shape[0]);
  const auto columns = static_cast<std::size_t>(weights.shape[1]);
  if (!transposed) {
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column) {
        result[column * rows + row] = weights.floats[row * columns + column];
      }
    }
  }
  for (float& value : result) value *= factor;
  return result;
}

bool AllFinite(const std::vector<float>& values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

// The shape of a product of [..., m, k] and [..., k, n]. Nothing if there is none.
std::optional<Shape> ProductShape(const Shape& a, const Shape& b) {
  if (a.size() != b.size() || a.size() < 2 || a.back() != b[b.size() - 2]) return std::nullopt;
  Shape shape = a;
  for (std::size_t i = 0; i + 2 < a.size(); ++i) {
    if (a[i] != b[i] && a[i] != 1 && b[i] != 1) return std::nullopt;
    shape[i] = std::max(a[i], b[i]);
  }
  shape.back() = b.back();
  return shape;
}

std::string DoNotFit(const Shape& a, const Shape& b) {
  return "multiplies the shapes " + ToString(a) + " and " + ToString(b) +
         " (without the batch), which do not fit.";
}

// The leading dimensions of a constant matrix against a value of item rank `rank`.
std::optional<Shape> AlignMatrix(Shape shape, std::size_t rank) {
  if (shape.size() == rank + 1 && shape.front() == 1) shape.erase(shape.begin());
  if (shape.size() < 2 || shape.size() > rank) return std::nullopt;
  shape.insert(shape.begin(), rank - shape.size(), 1);
  return shape;
}

}  // namespace

Result<void> ImportGemm(OnnxNode& node) {
  const ValueId x = node.Activation(0);
  const OnnxTensor& weights = node.FloatConstant(1);
  const float alpha = node.Float("alpha", 1.F);
  const float beta = node.Float("beta", 1.F);
  const bool transposed = node.Int("transB", 0) != 0;
  if (node.Int("transA", 0) != 0) node.Reject("transposes its input, and so the batch.");
  const OnnxTensor bias = node.HasInput(2) ? node.FloatConstant(2) : OnnxTensor();
  if (auto checked = node.Check(); !checked) return checked;

  const Shape shape = node.ShapeOf(x);
  if (weights.shape.size() != 2 || weights.floats.empty() || shape.size() != 1 ||
      weights.shape[transposed ? 1 : 0] != shape[0]) {
    return node.Failed(DoNotFit(shape, weights.shape));
  }
  DenseOp dense;
  dense.in = shape[0];
  dense.out = weights.shape[transposed ? 0 : 1];
  dense.weights = ToOutIn(weights, transposed, alpha);
  dense.bias.resize(static_cast<std::size_t>(dense.out));
  if (node.HasInput(2)) {
    const bool row = bias.shape.size() < 2 || (bias.shape.size() == 2 && bias.shape[0] == 1);
    if (!row || (bias.floats.size() != 1 && bias.floats.size() != dense.bias.size())) {
      return node.Failed("has a bias of the shape " + ToString(bias.shape) + " for " +
                         std::to_string(dense.out) + " outputs.");
    }
    for (std::size_t i = 0; i < dense.bias.size(); ++i) {
      dense.bias[i] = beta * bias.floats[bias.floats.size() == 1 ? 0 : i];
    }
  }
  if (!AllFinite(dense.weights) || !AllFinite(dense.bias)) {
    return node.Failed("has weights that overflow when multiplied by alpha or beta.");
  }
  const std::int64_t out = dense.out;
  return node.Finish(std::move(dense), {x}, {out});
}

Result<void> ImportMatMul(OnnxNode& node) {
  const int constant = node.InputIsConstant(0) ? 0 : 1;
  if (!node.InputIsConstant(constant)) {
    const ValueId a = node.Activation(0);
    const ValueId b = node.Activation(1);
    if (auto checked = node.Check(); !checked) return checked;
    auto shape = ProductShape(node.ShapeOf(a), node.ShapeOf(b));
    if (!shape) return node.Failed(DoNotFit(node.ShapeOf(a), node.ShapeOf(b)));
    return node.Finish(MatMulOp{}, {a, b}, std::move(*shape));
  }
  const ValueId x = node.Activation(1 - constant);
  const OnnxTensor& matrix = node.FloatConstant(constant);
  if (auto checked = node.Check(); !checked) return checked;
  Shape shape = node.ShapeOf(x);
  if (constant == 1 && matrix.shape.size() == 2 && !matrix.floats.empty() && !shape.empty() &&
      shape.back() == matrix.shape[0]) {
    DenseOp dense;
    dense.in = matrix.shape[0];
    dense.out = matrix.shape[1];
    dense.weights = ToOutIn(matrix, false, 1.F);
    dense.bias.resize(static_cast<std::size_t>(dense.out));
    shape.back() = dense.out;
    return node.Finish(std::move(dense), {x}, std::move(shape));
  }
  const auto aligned =
      matrix.floats.empty() ? std::nullopt : AlignMatrix(matrix.shape, shape.size());
  std::optional<Shape> product;
  if (aligned) {
    product = constant == 0 ? ProductShape(*aligned, shape) : ProductShape(shape, *aligned);
  }
  if (!product) {
    return node.Failed(constant == 0 ? DoNotFit(matrix.shape, shape)
                                     : DoNotFit(shape, matrix.shape));
  }
  const ValueId value = node.AddConstant(*aligned, matrix.floats);
  return node.Finish(MatMulOp{}, constant == 0 ? std::vector{value, x} : std::vector{x, value},
                     std::move(*product));
}

Result<void> ImportReduce(OnnxNode& node) {
  constexpr int kFirstOpsetWithAxesInput = 18;
  const ValueId x = node.Activation(0);
  const bool keep = node.Int("keepdims", 1) != 0;
  std::vector<std::int64_t> axes;
  if (node.opset() < kFirstOpsetWithAxesInput) {
    axes = node.Ints("axes");
  } else {
    node.Int("noop_with_empty_axes", 0);
    if (node.HasInput(1)) axes = node.IntegersConstant(1);
  }
  if (node.ok() && axes.empty()) node.Reject("names no axes, and so would reduce the batch.");
  const Shape in = node.ok() ? node.ShapeOf(x) : Shape();
  ReduceOp reduce;
  reduce.kind = node.op_type() == "ReduceMax" ? ReduceOp::Kind::kMax : ReduceOp::Kind::kMean;
  if (node.ok()) reduce.axes = ItemAxes(node, axes, in);
  if (auto checked = node.Check(); !checked) return checked;
  Shape shape;
  for (std::size_t axis = 0; axis < in.size(); ++axis) {
    if (!std::ranges::binary_search(reduce.axes, axis)) {
      shape.push_back(in[axis]);
    } else if (keep) {
      shape.push_back(1);
    }
  }
  return node.Finish(std::move(reduce), {x}, std::move(shape));
}

Result<void> ImportSoftmax(OnnxNode& node) {
  const ValueId x = node.Activation(0);
  const std::int64_t axis = node.Int("axis", -1);
  const std::vector<std::size_t> axes =
      node.ok() ? ItemAxes(node, {axis}, node.ShapeOf(x)) : std::vector<std::size_t>();
  if (auto checked = node.Check(); !checked) return checked;
  return node.Finish(SoftmaxOp{axes.front()}, {x}, node.ShapeOf(x));
}

}  // namespace heartbeat::nn
