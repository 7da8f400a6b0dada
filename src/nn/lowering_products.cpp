// Operators on two tensors, and per-channel scales.
#include <algorithm>

#include "nn/lowering.h"
#include "nn/lowering_detail.h"

namespace heartbeat::nn {

using dnnl::memory;

namespace {

dnnl::algorithm AlgorithmOf(BinaryOp::Kind kind) {
  switch (kind) {
    case BinaryOp::Kind::kAdd:
      return dnnl::algorithm::binary_add;
    case BinaryOp::Kind::kSubtract:
      return dnnl::algorithm::binary_sub;
    case BinaryOp::Kind::kMultiply:
      return dnnl::algorithm::binary_mul;
    case BinaryOp::Kind::kDivide:
      return dnnl::algorithm::binary_div;
  }
  return dnnl::algorithm::undef;
}

bool Commutes(BinaryOp::Kind kind) {
  return kind == BinaryOp::Kind::kAdd || kind == BinaryOp::Kind::kMultiply;
}

memory::dim Product(const memory::dims& dims) {
  memory::dim product = 1;
  for (const memory::dim dim : dims) product *= dim;
  return product;
}

}  // namespace

// Without post-ops, although oneDNN has them: with AVX2, version 2.6 leaves out the last channels
// of a layout that pads them (20 in blocks of 8).
void Lowering::Combine(dnnl::algorithm algorithm, const Plan::Argument& first,
                       const Plan::Argument& second, const Slot& result) {
  Plan::Argument argument0 = first;
  Plan::Argument argument1 = second;
  argument0.id = DNNL_ARG_SRC_0;
  argument1.id = DNNL_ARG_SRC_1;
  const dnnl::binary::desc desc(algorithm, first.desc, second.desc, result.desc);
  plan_.Add<dnnl::binary>({desc, PlanBuilder::Attributes(), plan_.engine()},
                          {argument0, argument1, PlanBuilder::Of(DNNL_ARG_DST, result)});
}

void Lowering::Lower(const Node& node, const AffineOp& op) {
  const Slot source = slots_[node.inputs[0]];
  memory::dims channel_dims(source.desc.dims().size(), 1);
  channel_dims[1] = source.desc.dims()[1];
  const memory::desc channel_desc = PlanBuilder::Plain(channel_dims);
  const auto constant = [&](const std::vector<float>& values) {
    return PlanBuilder::OfConstant(0, channel_desc,
                                   plan_.AddConstant(values, channel_dims, channel_desc));
  };
  const Slot result = ResultOver(source);
  Combine(dnnl::algorithm::binary_mul, PlanBuilder::Of(0, source), constant(op.scale), result);
  Combine(dnnl::algorithm::binary_add, PlanBuilder::Of(0, result), constant(op.shift), result);
  Activate(node.activations, result, result);
  SetSlot(node.output, result);
}

std::size_t Lowering::ExpandedConstant(ValueId value, const memory::dims& out) {
  const std::vector<float>& from = *graph_.values[value].constant;
  const memory::dims from_dims = Dims(value);
  std::vector<float> expanded(static_cast<std::size_t>(Product(out)));
  std::vector<memory::dim> index(out.size());
  for (float& element : expanded) {
    std::size_t offset = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      offset = offset * static_cast<std::size_t>(from_dims[i]) +
               static_cast<std::size_t>(from_dims[i] == 1 ? 0 : index[i]);
    }
    element = from[offset];
    for (std::size_t i = out.size(); i-- > 0;) {
      if (++index[i] < out[i]) break;
      index[i] = 0;
    }
  }
  return plan_.AddConstant(expanded, out, PlanBuilder::Plain(out));
}

Slot Lowering::Expanded(ValueId value, const memory::dims& out) {
  const Slot& slot = slots_[value];
  if (slot.desc.dims() == out) return slot;
  // oneDNN broadcasts its second operand only: 0 + value.
  const memory::desc plain = PlanBuilder::Plain(out);
  const Slot zeros = plan_.NewSlot(plain);
  plan_.Fill(zeros, plain.get_size() / sizeof(float), 0.F);
  const Slot source = plan_.InPlainLayout(slot);
  Combine(dnnl::algorithm::binary_add, PlanBuilder::Of(0, zeros), PlanBuilder::Of(0, source),
          zeros);
  return zeros;
}

void Lowering::Lower(const Node& node, const BinaryOp& op) {
  const memory::dims out = Dims(node.output);
  ValueId first = node.inputs[0];
  ValueId second = node.inputs[1];
  const auto is_whole = [&](ValueId value) {
    return !graph_.IsConstant(value) && Dims(value) == out;
  };
  if (Commutes(op.kind) && !is_whole(first) && (is_whole(second) || graph_.IsConstant(first))) {
    std::swap(first, second);
  }
  Slot source0;
  Plan::Argument argument0;
  if (graph_.IsConstant(first)) {
    const memory::desc plain = PlanBuilder::Plain(out);
    source0 = plan_.NewSlot(plain);  // the result: there is no other slot to be computed over
    argument0 = PlanBuilder::OfConstant(DNNL_ARG_SRC_0, plain, ExpandedConstant(first, out));
  } else {
    source0 = Expanded(first, out);
    argument0 = PlanBuilder::Of(DNNL_ARG_SRC_0, source0);
  }
  Plan::Argument argument1;
  if (graph_.IsConstant(second)) {
    const memory::dims dims = Dims(second);
    const memory::desc desc = dims == out ? source0.desc : PlanBuilder::Plain(dims);
    argument1 = PlanBuilder::OfConstant(
        DNNL_ARG_SRC_1, desc, plan_.AddConstant(*graph_.values[second].constant, dims, desc));
  } else {
    const Slot& slot = slots_[second];
    const Slot source1 =
        slot.desc.dims() == out ? plan_.InLayout(slot, source0.desc) : plan_.InPlainLayout(slot);
    argument1 = PlanBuilder::Of(DNNL_ARG_SRC_1, source1);
  }
  const Slot result = graph_.IsConstant(first) || source0.buffer != slots_[first].buffer
                          ? source0
                          : ResultOver(source0);
  Combine(AlgorithmOf(op.kind), argument0, argument1, result);
  Activate(node.activations, result, result);
  SetSlot(node.output, result);
}

void Lowering::Lower(const Node& node, const DenseOp& op) {
  const Slot input = plan_.InPlainLayout(slots_[node.inputs[0]]);
  const memory::dim rows = Product(OnnxDims(node.inputs[0])) / op.in;
  const Slot source = {PlanBuilder::Plain({rows, op.in}), input.buffer};
  const Slot result = plan_.NewSlot(PlanBuilder::Plain({rows, op.out}));
  const memory::dims weight_dims = {op.out, op.in};
  const memory::dims bias_dims = {op.out};
  const memory::desc bias_desc = PlanBuilder::Plain(bias_dims);
  dnnl::post_ops post_ops;
  AppendActivations(node.activations, post_ops);
  const dnnl::inner_product_forward::desc desc(
      dnnl::prop_kind::forward_inference, source.desc,
      {weight_dims, memory::data_type::f32, memory::format_tag::any}, bias_desc, result.desc);
  const dnnl::inner_product_forward::primitive_desc primitive_desc(
      desc, PlanBuilder::Attributes(post_ops), plan_.engine());
  const std::size_t weights =
      plan_.AddConstant(op.weights, weight_dims, primitive_desc.weights_desc());
  const std::size_t bias = plan_.AddConstant(op.bias, bias_dims, bias_desc);
  plan_.Add<dnnl::inner_product_forward>(
      primitive_desc,
      {PlanBuilder::Of(DNNL_ARG_SRC, source),
       PlanBuilder::OfConstant(DNNL_ARG_WEIGHTS, primitive_desc.weights_desc(), weights),
       PlanBuilder::OfConstant(DNNL_ARG_BIAS, bias_desc, bias),
       PlanBuilder::Of(DNNL_ARG_DST, result)});
  SetReshaped(node.output, result);
}

void Lowering::Lower(const Node& node, const MatMulOp&) {
  Plan::Argument arguments[2];
  for (std::size_t i = 0; i < 2; ++i) {
    const ValueId value = node.inputs[i];
    const int id = i == 0 ? DNNL_ARG_SRC : DNNL_ARG_WEIGHTS;
    if (graph_.IsConstant(value)) {
      const memory::dims dims = OnnxDims(value);
      const memory::desc desc = PlanBuilder::Plain(dims);
      arguments[i] = PlanBuilder::OfConstant(
          id, desc, plan_.AddConstant(*graph_.values[value].constant, dims, desc));
    } else {
      arguments[i] = PlanBuilder::Of(id, PlainOnnx(value));
    }
  }
  const Slot result = plan_.NewSlot(PlanBuilder::Plain(OnnxDims(node.output)));
  const dnnl::matmul::desc desc(arguments[0].desc, arguments[1].desc, result.desc);
  plan_.Add<dnnl::matmul>({desc, PlanBuilder::Attributes(), plan_.engine()},
                          {arguments[0], arguments[1], PlanBuilder::Of(DNNL_ARG_DST, result)});
  SetReshaped(node.output, result);
}

}  // namespace heartbeat::nn
