// Convolutions, pooling, and reductions, which are pooling over whole axes.
#include <algorithm>
#include <string_view>
#include <utility>

#include "nn/lowering.h"
#include "nn/lowering_detail.h"

namespace heartbeat::nn {

using dnnl::memory;

namespace {

memory::dims ToDims(const std::array<std::int64_t, 2>& extents) { return {extents[0], extents[1]}; }

// oneDNN counts the gaps between the kernel's points.
memory::dims Gaps(const Window& window) {
  return {window.dilations[0] - 1, window.dilations[1] - 1};
}

memory::desc AnyLayout(const memory::dims& dims) {
  return {dims, memory::data_type::f32, memory::format_tag::any};
}

}  // namespace

void Lowering::Lower(const Node& node, const ConvOp& op) {
  const ValueId x = node.inputs[0];
  const memory::dims in = Dims(x);
  memory::dims weight_dims = {op.out_channels, in[1] / op.groups, op.window.kernel[0],
                              op.window.kernel[1]};
  if (op.groups > 1) {
    weight_dims[0] /= op.groups;
    weight_dims.insert(weight_dims.begin(), op.groups);
  }
  const memory::dims bias_dims = {op.out_channels};
  const memory::desc bias_desc = PlanBuilder::Plain(bias_dims);

  const dnnl::convolution_forward::desc desc(
      dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, AnyLayout(in),
      AnyLayout(weight_dims), bias_desc, AnyLayout(Dims(node.output)), ToDims(op.window.strides),
      Gaps(op.window), ToDims(op.window.pads_begin), ToDims(op.window.pads_end));
  const bool has_residual = node.inputs.size() == 2;
  dnnl::post_ops before_sum;
  AppendActivations(node.before_sum, before_sum);
  dnnl::post_ops all = before_sum;
  if (has_residual) all.append_sum();
  AppendActivations(node.activations, all);
  const auto with = [&](const dnnl::post_ops& post_ops) {
    return dnnl::convolution_forward::primitive_desc(desc, PlanBuilder::Attributes(post_ops),
                                                     plan_.engine());
  };
  dnnl::convolution_forward::primitive_desc primitive_desc = with(all);
  // Not every implementation can sum up after an activation, and one that can may be the reference.
  bool sums = has_residual;
  if (has_residual && !node.before_sum.empty()) {
    auto without_sum = with(before_sum);
    sums = std::string_view(without_sum.impl_info_str()) == primitive_desc.impl_info_str();
    if (!sums) primitive_desc = std::move(without_sum);
  }

  const Slot source = plan_.InLayout(slots_[x], primitive_desc.src_desc());
  Slot result;
  if (sums) {
    // The sum is made in place of what is added, or of its copy if that is still needed.
    const Slot& residual = slots_[node.inputs[1]];
    if (residual.desc == primitive_desc.dst_desc() && DiesHere(residual)) {
      result = residual;
    } else {
      result = plan_.NewSlot(primitive_desc.dst_desc());
      plan_.Copy(residual.desc, residual, result.desc, result);
    }
  } else {
    result = plan_.NewSlot(primitive_desc.dst_desc());
  }
  const std::size_t weights =
      plan_.AddConstant(op.weights, weight_dims, primitive_desc.weights_desc());
  const std::size_t bias = plan_.AddConstant(op.bias, bias_dims, bias_desc);
  plan_.Add<dnnl::convolution_forward>(
      primitive_desc,
      {PlanBuilder::Of(DNNL_ARG_SRC, source),
       PlanBuilder::OfConstant(DNNL_ARG_WEIGHTS, primitive_desc.weights_desc(), weights),
       PlanBuilder::OfConstant(DNNL_ARG_BIAS, bias_desc, bias),
       PlanBuilder::Of(DNNL_ARG_DST, result)});
  if (has_residual && !sums) {
    const Slot residual = plan_.InLayout(slots_[node.inputs[1]], result.desc);
    Combine(dnnl::algorithm::binary_add, PlanBuilder::Of(0, result), PlanBuilder::Of(0, residual),
            result);
    Activate(node.activations, result, result);
  }
  SetSlot(node.output, result);
}

Slot Lowering::Pool(const Slot& source, dnnl::algorithm algorithm, const Window& window,
                    const memory::dims& out) {
  const dnnl::pooling_v2_forward::desc desc(dnnl::prop_kind::forward_inference, algorithm,
                                            source.desc, AnyLayout(out), ToDims(window.strides),
                                            ToDims(window.kernel), Gaps(window),
                                            ToDims(window.pads_begin), ToDims(window.pads_end));
  const dnnl::pooling_v2_forward::primitive_desc primitive_desc(desc, PlanBuilder::Attributes(),
                                                                plan_.engine());
  const Slot result = plan_.NewSlot(primitive_desc.dst_desc());
  plan_.Add<dnnl::pooling_v2_forward>(primitive_desc, {PlanBuilder::Of(DNNL_ARG_SRC, source),
                                                       PlanBuilder::Of(DNNL_ARG_DST, result)});
  return result;
}

void Lowering::Lower(const Node& node, const PoolOp& op) {
  dnnl::algorithm algorithm = dnnl::algorithm::pooling_max;
  if (op.kind == PoolOp::Kind::kMeanOfInside) {
    algorithm = dnnl::algorithm::pooling_avg_exclude_padding;
  } else if (op.kind == PoolOp::Kind::kMeanWithPadding) {
    algorithm = dnnl::algorithm::pooling_avg_include_padding;
  }
  SetSlot(node.output, Pool(slots_[node.inputs[0]], algorithm, op.window, Dims(node.output)));
}

// Reduces axis 2 of a C-order view [outer, 1, reduced, inner].
Slot Lowering::ReducePlain(const Slot& source, dnnl::algorithm algorithm,
                           const memory::dims& view) {
  Window window;
  window.kernel = {view[2], 1};
  const memory::dims out = {view[0], 1, 1, view[3]};
  const Slot result = Pool({PlanBuilder::Plain(view), source.buffer}, algorithm, window, out);
  return plan_.InPlainLayout(result);
}

void Lowering::Lower(const Node& node, const ReduceOp& op) {
  const auto algorithm = op.kind == ReduceOp::Kind::kMax
                             ? dnnl::algorithm::pooling_max
                             : dnnl::algorithm::pooling_avg_include_padding;
  const ValueId x = node.inputs[0];
  if (op.axes.empty()) return SetReshaped(node.output, slots_[x]);
  const Slot& source = slots_[x];
  const bool spatial = source.desc.dims().size() == 4 && op.axes.front() > 0;
  if (spatial) {
    // In whatever layout the channels have.
    Window window;
    memory::dims out = source.desc.dims();
    for (const std::size_t item_axis : op.axes) {
      const auto axis = static_cast<std::size_t>(Axis(x, item_axis));
      window.kernel[axis - 2] = out[axis];
      out[axis] = 1;
    }
    const Slot result = Pool(source, algorithm, window, out);
    if (out == Dims(node.output)) return SetSlot(node.output, result);
    return SetReshaped(node.output, result);
  }
  Slot result = PlainOnnx(x);
  memory::dims shape = OnnxDims(x);
  // Means of means of equal size are the mean: neighbouring axes go at once, others one by one.
  for (std::size_t end = op.axes.size(); end > 0;) {
    std::size_t begin = end - 1;
    while (begin > 0 && op.axes[begin - 1] + 1 == op.axes[begin]) --begin;
    memory::dims view = {1, 1, 1, 1};
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const bool before = axis < op.axes[begin] + 1;
      const bool after = axis > op.axes[end - 1] + 1;
      view[before ? 0 : (after ? 3 : 2)] *= shape[axis];
      if (!before && !after) shape[axis] = 1;
    }
    result = ReducePlain(result, algorithm, view);
    end = begin;
  }
  SetReshaped(node.output, result);
}

}  // namespace heartbeat::nn
