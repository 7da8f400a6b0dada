// Operators that slide a window: convolutions and pooling, in one or two dimensions.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "nn/onnx_operators.h"

namespace heartbeat::nn {
namespace {

using base::Fail;
using base::Result;

// Far above any network's, and small enough that no sum or product of a few overflows.
constexpr std::int64_t kMaxExtent = 1 << 15;

using Extents = std::array<std::int64_t, 2>;

// The attribute `name` as [height, width]; `fallback` where it is absent or has errors.
Extents ReadExtents(OnnxNode& node, const char* name, std::size_t spatial_rank, Extents fallback) {
  const std::vector<std::int64_t> values = node.Ints(name);
  if (values.empty()) return fallback;
  if (values.size() != spatial_rank ||
      std::ranges::any_of(values, [](auto v) { return v < 1 || v > kMaxExtent; })) {
    node.Reject("has an attribute " + Quoted(name) + " that does not fit: " + ToString(values) +
                ".");
    return fallback;
  }
  return spatial_rank == 1 ? Extents{1, values[0]} : Extents{values[0], values[1]};
}

std::int64_t EffectiveKernel(const Window& window, std::size_t i) {
  return (window.kernel[i] - 1) * window.dilations[i] + 1;
}

std::int64_t CeilDivide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

void ReadPads(OnnxNode& node, std::size_t spatial_rank, Window& window) {
  const std::vector<std::int64_t> pads = node.Ints("pads");
  if (pads.empty()) return;
  if (pads.size() != 2 * spatial_rank ||
      std::ranges::any_of(pads, [](auto v) { return v < 0 || v > kMaxExtent; })) {
    node.Reject("has pads that do not fit: " + ToString(pads) + ".");
    return;
  }
  for (std::size_t i = 0; i < spatial_rank; ++i) {
    window.pads_begin[2 - spatial_rank + i] = pads[i];
    window.pads_end[2 - spatial_rank + i] = pads[spatial_rank + i];
  }
}

// Everything but the kernel, which the caller has set or which `kernel_shape` gives.
void ReadWindow(OnnxNode& node, std::size_t spatial_rank, Extents input, Window& window) {
  window.strides = ReadExtents(node, "strides", spatial_rank, {1, 1});
  window.dilations = ReadExtents(node, "dilations", spatial_rank, {1, 1});
  const std::string auto_pad = node.String("auto_pad", "NOTSET");
  if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
    if (node.HasAttribute("pads")) node.Reject("has both pads and auto_pad.");
    for (std::size_t i = 0; i < 2; ++i) {
      const std::int64_t out = CeilDivide(input[i], window.strides[i]);
      const std::int64_t total = std::max<std::int64_t>(
          0, (out - 1) * window.strides[i] + EffectiveKernel(window, i) - input[i]);
      const std::int64_t less = total / 2;
      window.pads_begin[i] = auto_pad == "SAME_UPPER" ? less : total - less;
      window.pads_end[i] = total - window.pads_begin[i];
    }
  } else if (auto_pad == "NOTSET" || auto_pad == "VALID") {
    ReadPads(node, spatial_rank, window);
    if (auto_pad == "VALID") window.pads_begin = window.pads_end = {0, 0};
  } else {
    node.Reject("has an unknown auto_pad " + Quoted(auto_pad) + ".");
  }
}

std::int64_t FloorOutput(const Window& window, Extents input, std::size_t i) {
  const std::int64_t room =
      input[i] + window.pads_begin[i] + window.pads_end[i] - EffectiveKernel(window, i);
  return room < 0 ? 0 : room / window.strides[i] + 1;
}

// [channel, (height,) width]
std::optional<std::size_t> SpatialRank(OnnxNode& node, ValueId x) {
  const std::size_t rank = node.ShapeOf(x).size();
  if (rank == 2 || rank == 3) return rank - 1;
  node.Reject("takes an input of the shape " + ToString(node.ShapeOf(x)) +
              " (without the batch); only [channel, width] and [channel, height, width] are "
              "supported.");
  return std::nullopt;
}

Extents SpatialExtents(const Shape& shape) {
  return shape.size() == 2 ? Extents{1, shape[1]} : Extents{shape[1], shape[2]};
}

Shape WithExtents(std::int64_t channels, std::size_t spatial_rank, Extents extents) {
  if (spatial_rank == 1) return {channels, extents[1]};
  return {channels, extents[0], extents[1]};
}

// oneDNN wants less padding than kernel; more is put around the input by a node of its own.
Result<ValueId> MoveLargePadsOut(OnnxNode& node, ValueId x, std::size_t spatial_rank,
                                 Window& window) {
  bool large = false;
  for (std::size_t i = 0; i < 2; ++i) {
    large |= std::max(window.pads_begin[i], window.pads_end[i]) >= EffectiveKernel(window, i);
  }
  if (!large) return x;
  PadOp pad;
  pad.before = {0};
  pad.after = {0};
  Shape shape = node.ShapeOf(x);
  for (std::size_t i = 2 - spatial_rank; i < 2; ++i) {
    pad.before.push_back(window.pads_begin[i]);
    pad.after.push_back(window.pads_end[i]);
    shape[pad.before.size() - 1] += window.pads_begin[i] + window.pads_end[i];
  }
  window.pads_begin = window.pads_end = {0, 0};
  return node.Emit(std::move(pad), {x}, std::move(shape));
}

}  // namespace

Result<void> ImportConv(OnnxNode& node) {
  ValueId x = node.Activation(0);
  const OnnxTensor& weights = node.FloatConstant(1);
  const std::vector<float> bias =
      node.HasInput(2) ? node.FloatConstant(2).floats : std::vector<float>();
  const std::int64_t groups = node.Int("group", 1);
  const std::optional<std::size_t> spatial_rank = node.ok() ? SpatialRank(node, x) : std::nullopt;
  if (!spatial_rank) return node.Check();

  const Shape in_shape = node.ShapeOf(x);
  const Shape& weight_shape = weights.shape;
  if (weight_shape.size() != *spatial_rank + 2 || weights.floats.empty() || groups < 1 ||
      weight_shape[0] % groups != 0 || in_shape[0] % groups != 0 ||
      weight_shape[1] != in_shape[0] / groups) {
    return node.Failed("has weights of the shape " + ToString(weight_shape) + " and " +
                       std::to_string(groups) + " groups, which do not fit its input " +
                       ToString(in_shape) + ".");
  }
  if (!bias.empty() && static_cast<std::int64_t>(bias.size()) != weight_shape[0]) {
    return node.Failed("has a bias of " + std::to_string(bias.size()) + " numbers for " +
                       std::to_string(weight_shape[0]) + " output channels.");
  }
  ConvOp conv;
  conv.groups = groups;
  conv.out_channels = weight_shape[0];
  conv.window.kernel = SpatialExtents({weight_shape.begin() + 1, weight_shape.end()});
  if (std::ranges::any_of(conv.window.kernel, [](auto k) { return k > kMaxExtent; })) {
    return node.Failed("has a kernel larger than " + std::to_string(kMaxExtent) + ".");
  }
  if (ReadExtents(node, "kernel_shape", *spatial_rank, conv.window.kernel) != conv.window.kernel) {
    node.Reject("has a kernel_shape that its weights do not have.");
  }
  const Extents input = SpatialExtents(in_shape);
  ReadWindow(node, *spatial_rank, input, conv.window);
  if (auto checked = node.Check(); !checked) return checked;

  const Extents out = {FloorOutput(conv.window, input, 0), FloorOutput(conv.window, input, 1)};
  if (out[0] < 1 || out[1] < 1) {
    return node.Failed("has a kernel larger than its padded input " + ToString(in_shape) + ".");
  }
  const auto padded = MoveLargePadsOut(node, x, *spatial_rank, conv.window);
  if (!padded) return Fail(padded);
  x = *padded;
  conv.weights = weights.floats;
  conv.bias = bias.empty() ? std::vector<float>(static_cast<std::size_t>(conv.out_channels)) : bias;
  Shape shape = WithExtents(conv.out_channels, *spatial_rank, out);
  return node.Finish(std::move(conv), {x}, std::move(shape));
}

Result<void> ImportPool(OnnxNode& node) {
  const ValueId x = node.Activation(0);
  const bool ceil_mode = node.Int("ceil_mode", 0) != 0;
  PoolOp pool;
  if (node.op_type() == "AveragePool") {
    pool.kind = node.Int("count_include_pad", 0) != 0 ? PoolOp::Kind::kMeanWithPadding
                                                      : PoolOp::Kind::kMeanOfInside;
  } else {
    // Says how the second output, which is not supported, is counted.
    if (const auto order = node.Int("storage_order", 0); order != 0 && order != 1) {
      node.Reject("has an unknown storage_order.");
    }
  }
  const std::optional<std::size_t> spatial_rank = node.ok() ? SpatialRank(node, x) : std::nullopt;
  if (!spatial_rank) return node.Check();
  if (!node.HasAttribute("kernel_shape")) return node.Failed("has no kernel_shape.");
  pool.window.kernel = ReadExtents(node, "kernel_shape", *spatial_rank, {1, 1});
  const Shape in_shape = node.ShapeOf(x);
  const Extents input = SpatialExtents(in_shape);
  ReadWindow(node, *spatial_rank, input, pool.window);
  if (pool.kind != PoolOp::Kind::kMax && pool.window.dilations != Extents{1, 1}) {
    node.Reject("has dilations, which an average pool does not have in opset 13 to 18.");
  }
  if (auto checked = node.Check(); !checked) return checked;

  Extents out = {1, 1};
  for (std::size_t i = 0; i < 2; ++i) {
    Window& window = pool.window;
    const std::int64_t kernel = EffectiveKernel(window, i);
    if (std::max(window.pads_begin[i], window.pads_end[i]) >= kernel) {
      return node.Failed("has padding as large as its kernel.");
    }
    out[i] = FloorOutput(window, input, i);
    if (out[i] < 1) {
      return node.Failed("has a kernel larger than its padded input " + ToString(in_shape) + ".");
    }
    if (!ceil_mode) continue;
    const std::int64_t room = input[i] + window.pads_begin[i] + window.pads_end[i] - kernel;
    std::int64_t rounded_up = CeilDivide(room, window.strides[i]) + 1;
    // A window that would begin in the padding after the input is none.
    if ((rounded_up - 1) * window.strides[i] >= input[i] + window.pads_begin[i]) --rounded_up;
    if (rounded_up > out[i]) {
      if (pool.kind == PoolOp::Kind::kMeanWithPadding) {
        return node.Failed(
            "has both ceil_mode and count_include_pad, on which ONNX's versions differ.");
      }
      out[i] = rounded_up;
      window.pads_end[i] =
          (out[i] - 1) * window.strides[i] + kernel - input[i] - window.pads_begin[i];
    }
  }
  return node.Finish(pool, {x}, WithExtents(in_shape[0], *spatial_rank, out));
}

Result<void> ImportGlobalPool(OnnxNode& node) {
  const ValueId x = node.Activation(0);
  if (auto checked = node.Check(); !checked) return checked;
  Shape shape = node.ShapeOf(x);
  if (shape.size() < 2) return node.Failed("takes an input without spatial dimensions.");
  ReduceOp reduce;
  reduce.kind = node.op_type() == "GlobalMaxPool" ? ReduceOp::Kind::kMax : ReduceOp::Kind::kMean;
  for (std::size_t axis = 1; axis < shape.size(); ++axis) {
    reduce.axes.push_back(axis);
    shape[axis] = 1;
  }
  return node.Finish(std::move(reduce), {x}, std::move(shape));
}

}  // namespace heartbeat::nn
