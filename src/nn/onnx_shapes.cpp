// Operators that move numbers without changing them. All but Pad and Concat also work on constants,
// at load time: exporters leave such steps between a weight and its use.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "nn/onnx_operators.h"

namespace heartbeat::nn {
namespace {

using base::Fail;
using base::Result;

constexpr int kFirstOpsetOfAxesInPad = 18;

// A constant input, whatever its type.
OnnxTensor AnyConstant(OnnxNode& node) {
  if (const OnnxTensor* integers = node.IntegerTensor(0)) return *integers;
  return node.FloatConstant(0);
}

// The dimensions that `requested` (0: as in `in`; one -1: the rest) stands for.
std::optional<Shape> Resolve(const Shape& requested, const Shape& in, std::size_t elements) {
  Shape shape = requested;
  std::optional<std::size_t> rest;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) {
      if (i >= in.size()) return std::nullopt;
      shape[i] = in[i];
    } else if (shape[i] == -1) {
      if (rest) return std::nullopt;
      rest = i;
      shape[i] = 1;
    }
  }
  const auto known = ElementCount(shape, elements);
  if (!known || elements % *known != 0) return std::nullopt;
  if (rest) {
    shape[*rest] = static_cast<std::int64_t>(elements / *known);
  } else if (*known != elements) {
    return std::nullopt;
  }
  return shape;
}

// `axes`, negative ones counted from the end, ascending; nothing if one is outside [lowest, rank).
std::optional<std::vector<std::int64_t>> NormalAxes(std::vector<std::int64_t> axes,
                                                    std::int64_t lowest, std::int64_t rank) {
  for (std::int64_t& axis : axes) {
    if (axis < 0 && axis >= -rank) axis += rank;
    if (axis < lowest || axis >= rank) return std::nullopt;
  }
  std::ranges::sort(axes);
  if (std::ranges::adjacent_find(axes) != axes.end()) return std::nullopt;
  return axes;
}

// Of whole shapes, batch included.
std::optional<Shape> Squeezed(const Shape& shape, const std::vector<std::int64_t>& axes,
                              std::int64_t lowest) {
  const auto normal = NormalAxes(axes, lowest, static_cast<std::int64_t>(shape.size()));
  if (!normal) return std::nullopt;
  Shape result;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (!std::ranges::binary_search(*normal, static_cast<std::int64_t>(i))) {
      result.push_back(shape[i]);
    } else if (shape[i] != 1) {
      return std::nullopt;
    }
  }
  return result;
}

std::optional<Shape> Unsqueezed(const Shape& shape, const std::vector<std::int64_t>& axes,
                                std::int64_t lowest) {
  const auto rank = static_cast<std::int64_t>(shape.size() + axes.size());
  const auto normal = NormalAxes(axes, lowest, rank);
  if (!normal) return std::nullopt;
  Shape result = shape;
  for (const std::int64_t axis : *normal) result.insert(result.begin() + axis, 1);
  return result;
}

Shape WithBatch(Shape item) {
  item.insert(item.begin(), 1);
  return item;
}

Shape WithoutBatch(const Shape& shape) { return {shape.begin() + 1, shape.end()}; }

Result<void> FinishReshape(OnnxNode& node, ValueId x, Shape shape) {
  return node.Finish(ReshapeOp{}, {x}, std::move(shape));
}

template <typename T>
std::vector<T> Permuted(const std::vector<T>& in, const Shape& shape,
                        const std::vector<std::size_t>& permutation) {
  std::vector<std::size_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * static_cast<std::size_t>(shape[i]);
  }
  std::vector<T> out(in.size());
  std::vector<std::int64_t> index(shape.size());
  std::size_t from = 0;
  for (T& value : out) {
    value = in[from];
    for (std::size_t i = index.size(); i-- > 0;) {
      const std::size_t source = permutation[i];
      from += strides[source];
      if (++index[i] < shape[source]) break;
      from -= strides[source] * static_cast<std::size_t>(shape[source]);
      index[i] = 0;
    }
  }
  return out;
}

Result<void> ImportSqueezeOrUnsqueeze(
    OnnxNode& node, const char* what,
    std::optional<Shape> (*change)(const Shape&, const std::vector<std::int64_t>&, std::int64_t)) {
  if (!node.HasInput(1)) return node.Failed("names no axes, and so might remove the batch.");
  const std::vector<std::int64_t> axes = node.IntegersConstant(1);
  if (axes.size() > 8) return node.Failed("names more than 8 axes.");
  if (node.InputIsConstant(0)) {
    OnnxTensor tensor = AnyConstant(node);
    if (auto checked = node.Check(); !checked) return checked;
    auto shape = change(tensor.shape, axes, 0);
    if (!shape) return node.Failed(what + ToString(tensor.shape) + ".");
    tensor.shape = std::move(*shape);
    return node.FinishConstant(std::move(tensor));
  }
  const ValueId x = node.Activation(0);
  if (auto checked = node.Check(); !checked) return checked;
  auto shape = change(WithBatch(node.ShapeOf(x)), axes, 1);
  if (!shape) return node.Failed(what + ToString(node.ShapeOf(x)) + " (without the batch).");
  return FinishReshape(node, x, WithoutBatch(*shape));
}

}  // namespace

Result<void> ImportReshape(OnnxNode& node) {
  const std::vector<std::int64_t> requested = node.IntegersConstant(1);
  const bool allow_zero = node.Int("allowzero", 0) != 0;
  if (allow_zero && std::ranges::find(requested, 0) != requested.end()) {
    node.Reject("asks for an empty tensor.");
  }
  if (requested.size() > 8) node.Reject("asks for more than 8 dimensions.");
  if (node.InputIsConstant(0)) {
    OnnxTensor tensor = AnyConstant(node);
    if (auto checked = node.Check(); !checked) return checked;
    const std::size_t elements = std::max(tensor.floats.size(), tensor.integers.size());
    auto shape = Resolve(requested, tensor.shape, elements);
    if (!shape) {
      return node.Failed("cannot make the shape " + ToString(requested) + " of a constant of " +
                         ToString(tensor.shape) + ".");
    }
    tensor.shape = std::move(*shape);
    return node.FinishConstant(std::move(tensor));
  }
  const ValueId x = node.Activation(0);
  if (auto checked = node.Check(); !checked) return checked;
  const Shape in = node.ShapeOf(x);
  std::optional<Shape> shape;
  // The first dimension must stay the batch: said by 0, by -1 with the rest given in full, or by 1
  // where the file fixes the batch to 1.
  if (!requested.empty() &&
      (requested[0] == 0 || requested[0] == -1 || (requested[0] == 1 && node.batch_is_one()))) {
    Shape whole = requested;
    whole[0] = 1;
    if (requested[0] != -1 || std::ranges::count(requested, -1) == 1) {
      shape = Resolve(whole, WithBatch(in), ItemElements(in));
    }
  }
  if (!shape) {
    return node.Failed("asks for the shape " + ToString(requested) + " of items of " +
                       ToString(in) + ", which does not fit or does not keep the batch first.");
  }
  return FinishReshape(node, x, WithoutBatch(*shape));
}

Result<void> ImportFlatten(OnnxNode& node) {
  const ValueId x = node.Activation(0);
  std::int64_t axis = node.Int("axis", 1);
  if (auto checked = node.Check(); !checked) return checked;
  const Shape in = node.ShapeOf(x);
  if (axis < 0) axis += static_cast<std::int64_t>(in.size()) + 1;
  if (axis != 1) return node.Failed("flattens the batch; only axis 1 keeps it.");
  return FinishReshape(node, x, {static_cast<std::int64_t>(ItemElements(in))});
}

Result<void> ImportSqueeze(OnnxNode& node) {
  return ImportSqueezeOrUnsqueeze(node, "names axes that are the batch or are not 1 in ", Squeezed);
}

Result<void> ImportUnsqueeze(OnnxNode& node) {
  return ImportSqueezeOrUnsqueeze(node, "names axes that do not fit the shape ", Unsqueezed);
}

Result<void> ImportTranspose(OnnxNode& node) {
  std::vector<std::int64_t> perm = node.Ints("perm");
  const bool constant = node.InputIsConstant(0);
  OnnxTensor tensor = constant ? AnyConstant(node) : OnnxTensor();
  const ValueId x = constant ? 0 : node.Activation(0);
  if (auto checked = node.Check(); !checked) return checked;
  const Shape in = constant ? tensor.shape : WithBatch(node.ShapeOf(x));
  if (perm.empty()) {
    for (std::size_t i = in.size(); i-- > 0;) perm.push_back(static_cast<std::int64_t>(i));
  }
  std::vector<std::int64_t> sorted = perm;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted.size() != in.size() || sorted[i] != static_cast<std::int64_t>(i)) {
      return node.Failed("has a perm " + ToString(perm) + " that does not fit its input.");
    }
  }
  std::vector<std::size_t> permutation(perm.begin(), perm.end());
  Shape shape;
  for (const std::size_t source : permutation) shape.push_back(in[source]);
  if (constant) {
    tensor.floats = Permuted(tensor.floats, in, permutation);
    tensor.integers = Permuted(tensor.integers, in, permutation);
    tensor.shape = std::move(shape);
    return node.FinishConstant(std::move(tensor));
  }
  if (permutation[0] != 0) return node.Failed("moves the batch; it must stay first.");
  permutation.erase(permutation.begin());
  for (std::size_t& source : permutation) --source;
  return node.Finish(TransposeOp{std::move(permutation)}, {x}, WithoutBatch(shape));
}

Result<void> ImportPad(OnnxNode& node) {
  const ValueId x = node.Activation(0);
  const std::string mode = node.String("mode", "constant");
  if (mode != "constant")
    node.Reject("has the mode " + Quoted(mode) + "; only constant is supported.");
  const std::vector<std::int64_t> pads = node.IntegersConstant(1);
  PadOp pad;
  if (node.HasInput(2)) {
    const auto value = node.ScalarConstant(2);
    if (!value) node.Reject("needs a constant number as input 2.");
    pad.value = value.value_or(0.F);
  }
  const Shape in = node.ok() ? node.ShapeOf(x) : Shape();
  std::vector<std::int64_t> axes;
  if (node.HasInput(3) && node.opset() >= kFirstOpsetOfAxesInPad) {
    axes = node.IntegersConstant(3);
  } else {
    axes.resize(in.size() + 1);
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (auto checked = node.Check(); !checked) return checked;

  const auto rank = static_cast<std::int64_t>(in.size()) + 1;
  pad.before.resize(in.size());
  pad.after.resize(in.size());
  Shape shape = in;
  if (axes.size() > in.size() + 1 || pads.size() != 2 * axes.size() || !NormalAxes(axes, 0, rank)) {
    return node.Failed("has pads " + ToString(pads) + " that do not fit its input.");
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
    const std::int64_t before = pads[i];
    const std::int64_t after = pads[i + axes.size()];
    const auto most = static_cast<std::int64_t>(node.limits().max_tensor_elements);
    if (before < 0 || after < 0 || before > most || after > most) {
      return node.Failed("has pads that are negative or too large: " + ToString(pads) + ".");
    }
    if (axis == 0) {
      if (before != 0 || after != 0) return node.Failed("pads the batch.");
      continue;
    }
    const auto item_axis = static_cast<std::size_t>(axis - 1);
    pad.before[item_axis] = before;
    pad.after[item_axis] = after;
    shape[item_axis] += before + after;
  }
  return node.Finish(std::move(pad), {x}, std::move(shape));
}

Result<void> ImportSlice(OnnxNode& node) {
  const ValueId x = node.Activation(0);
  const std::vector<std::int64_t> starts = node.IntegersConstant(1);
  const std::vector<std::int64_t> ends = node.IntegersConstant(2);
  std::vector<std::int64_t> axes(starts.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (node.HasInput(3)) axes = node.IntegersConstant(3);
  std::vector<std::int64_t> steps(starts.size(), 1);
  if (node.HasInput(4)) steps = node.IntegersConstant(4);
  if (auto checked = node.Check(); !checked) return checked;

  Shape shape = node.ShapeOf(x);
  const auto rank = static_cast<std::int64_t>(shape.size()) + 1;
  if (ends.size() != starts.size() || axes.size() != starts.size() ||
      steps.size() != starts.size() || axes.size() > shape.size() + 1 ||
      !NormalAxes(axes, 0, rank)) {
    return node.Failed("has starts, ends, axes and steps that do not fit its input.");
  }
  SliceOp slice{Shape(shape.size())};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
    if (axis == 0) return node.Failed("cuts the batch.");
    if (steps[i] != 1) return node.Failed("has a step other than 1.");
    std::int64_t& length = shape[static_cast<std::size_t>(axis - 1)];
    // Negative ones count from the end; beyond it is the end.
    const auto place = [&](std::int64_t index) {
      if (index < 0) index = index < -length ? 0 : index + length;
      return std::min(index, length);
    };
    const std::int64_t begin = place(starts[i]);
    const std::int64_t end = place(ends[i]);
    if (end <= begin) return node.Failed("leaves nothing of its input.");
    slice.begin[static_cast<std::size_t>(axis - 1)] = begin;
    length = end - begin;
  }
  return node.Finish(std::move(slice), {x}, std::move(shape));
}

Result<void> ImportConcat(OnnxNode& node) {
  std::vector<ValueId> inputs;
  inputs.reserve(static_cast<std::size_t>(node.InputCount()));
  for (int i = 0; i < node.InputCount(); ++i) inputs.push_back(node.Activation(i));
  if (!node.HasAttribute("axis")) node.Reject("has no axis.");
  std::int64_t axis = node.Int("axis", 0);
  if (inputs.empty()) node.Reject("has no inputs.");
  if (auto checked = node.Check(); !checked) return checked;
  Shape shape = node.ShapeOf(inputs[0]);
  const auto rank = static_cast<std::int64_t>(shape.size()) + 1;
  if (axis < 0 && axis >= -rank) axis += rank;
  if (axis < 1 || axis >= rank) {
    return node.Failed("joins the batch, or an axis that its inputs do not have.");
  }
  const auto item_axis = static_cast<std::size_t>(axis - 1);
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    Shape other = node.ShapeOf(inputs[i]);
    if (other.size() == shape.size()) {
      const std::int64_t joined = shape[item_axis] + other[item_axis];
      other[item_axis] = shape[item_axis];
      if (other == shape && ElementCount({joined}, node.limits().max_tensor_elements)) {
        shape[item_axis] = joined;
        continue;
      }
    }
    return node.Failed("joins the shapes " + ToString(node.ShapeOf(inputs[0])) + " and " +
                       ToString(node.ShapeOf(inputs[i])) +
                       " (without the batch), which do not fit.");
  }
  return node.Finish(ConcatOp{item_axis}, std::move(inputs), std::move(shape));
}

Result<void> ImportIdentity(OnnxNode& node) {
  if (node.op_type() == "Dropout") {
    if (node.HasInput(1)) node.FloatConstant(1);
    if (node.HasInput(2)) {
      const std::vector<std::int64_t> training = node.IntegersConstant(2);
      if (training.size() != 1 || training[0] != 0) node.Reject("is in training mode.");
    }
    node.Int("seed", 0);
  }
  if (node.InputIsConstant(0)) {
    OnnxTensor tensor = AnyConstant(node);
    if (auto checked = node.Check(); !checked) return checked;
    return node.FinishConstant(std::move(tensor));
  }
  const ValueId x = node.Activation(0);
  if (auto checked = node.Check(); !checked) return checked;
  return node.FinishAlias(x);
}

Result<void> ImportConstant(OnnxNode& node) {
  using Proto = onnx::AttributeProto;
  OnnxTensor tensor;
  int values = 0;
  if (const auto* attribute = node.Attribute("value", Proto::TENSOR)) {
    auto read = ReadTensor(attribute->t(), "of " + node.label(), node.limits().max_tensor_elements);
    if (!read) return Fail(read);
    tensor = std::move(*read);
    ++values;
  }
  if (node.HasAttribute("value_float")) {
    tensor.is_float = true;
    tensor.floats = {node.Float("value_float", 0.F)};
    ++values;
  }
  if (node.HasAttribute("value_int")) {
    tensor.integers = {node.Int("value_int", 0)};
    ++values;
  }
  if (node.HasAttribute("value_ints")) {
    tensor.integers = node.Ints("value_ints");
    tensor.shape = {static_cast<std::int64_t>(tensor.integers.size())};
    ++values;
  }
  if (const auto* attribute = node.Attribute("value_floats", Proto::FLOATS)) {
    tensor.is_float = true;
    tensor.floats.assign(attribute->floats().begin(), attribute->floats().end());
    tensor.shape = {static_cast<std::int64_t>(tensor.floats.size())};
    ++values;
  }
  if (auto checked = node.Check(); !checked) return checked;
  if (values != 1) return node.Failed("has no value, or more than one.");
  if (!std::ranges::all_of(tensor.floats, [](float value) { return std::isfinite(value); })) {
    return node.Failed("holds a number that is infinite or not a number.");
  }
  return node.FinishConstant(std::move(tensor));
}

}  // namespace heartbeat::nn
