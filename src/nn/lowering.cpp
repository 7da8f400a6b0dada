#include "nn/lowering.h"

#include <variant>

#include "nn/lowering_detail.h"

namespace heartbeat::nn {

using dnnl::memory;

dnnl::algorithm AlgorithmOf(Eltwise::Kind kind) {
  switch (kind) {
    case Eltwise::Kind::kRelu:
      return dnnl::algorithm::eltwise_relu;
    case Eltwise::Kind::kHardSwish:
      return dnnl::algorithm::eltwise_hardswish;
    case Eltwise::Kind::kSwish:
      return dnnl::algorithm::eltwise_swish;
    case Eltwise::Kind::kLogistic:
      return dnnl::algorithm::eltwise_logistic;
    case Eltwise::Kind::kTanh:
      return dnnl::algorithm::eltwise_tanh;
    case Eltwise::Kind::kClip:
      return dnnl::algorithm::eltwise_clip;
    case Eltwise::Kind::kLinear:
      return dnnl::algorithm::eltwise_linear;
  }
  return dnnl::algorithm::undef;
}

void AppendActivations(const std::vector<Eltwise>& activations, dnnl::post_ops& post_ops) {
  for (const Eltwise& eltwise : activations) {
    post_ops.append_eltwise(1.F, AlgorithmOf(eltwise.kind), eltwise.alpha, eltwise.beta);
  }
}

Lowering::Lowering(const Graph& graph, PlanBuilder& plan)
    : graph_(graph), plan_(plan), uses_(CountUses(graph)) {
  slots_.resize(graph.values.size());
  SetSlot(graph.input, plan_.NewSlot(PlanBuilder::Plain(Dims(graph.input))));
}

void Lowering::Lower(const Node& node) {
  std::visit([&](const auto& op) { Lower(node, op); }, node.op);
  for (const ValueId input : node.inputs) {
    if (!graph_.IsConstant(input)) --pending_reads_[slots_[input].buffer];
  }
}

memory::dims Lowering::OnnxDims(ValueId value) const {
  const Shape& shape = graph_.ShapeOf(value);
  memory::dims result = {1};
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

memory::dims Lowering::Dims(ValueId value) const {
  memory::dims result = OnnxDims(value);
  if (result.size() == 3) result.insert(result.begin() + 2, 1);
  return result;
}

int Lowering::Axis(ValueId value, std::size_t item_axis) const {
  const bool lifted = graph_.ShapeOf(value).size() == 2;
  return static_cast<int>(item_axis) + (lifted && item_axis == 1 ? 2 : 1);
}

Slot Lowering::PlainOnnx(ValueId value) {
  const Slot plain = plan_.InPlainLayout(slots_[value]);
  return {PlanBuilder::Plain(OnnxDims(value)), plain.buffer};
}

bool Lowering::DiesHere(const Slot& slot) const {
  return slot.buffer < pending_reads_.size() && pending_reads_[slot.buffer] == 1;
}

Slot Lowering::ResultOver(const Slot& source) {
  return DiesHere(source) ? source : plan_.NewSlot(source.desc);
}

void Lowering::SetSlot(ValueId value, const Slot& slot) {
  slots_[value] = slot;
  if (pending_reads_.size() <= slot.buffer) pending_reads_.resize(slot.buffer + 1);
  pending_reads_[slot.buffer] += uses_[value];
}

void Lowering::SetReshaped(ValueId value, const Slot& slot) {
  const Slot plain = plan_.InPlainLayout(slot);
  SetSlot(value, {PlanBuilder::Plain(Dims(value)), plain.buffer});
}

void Lowering::Activate(const std::vector<Eltwise>& activations, Slot source, const Slot& result) {
  for (const Eltwise& eltwise : activations) {
    const dnnl::eltwise_forward::desc desc(dnnl::prop_kind::forward_inference,
                                           AlgorithmOf(eltwise.kind), source.desc, eltwise.alpha,
                                           eltwise.beta);
    plan_.Add<dnnl::eltwise_forward>(
        {desc, PlanBuilder::Attributes(), plan_.engine()},
        {PlanBuilder::Of(DNNL_ARG_SRC, source), PlanBuilder::Of(DNNL_ARG_DST, result)});
    source = result;
  }
}

void Lowering::Lower(const Node& node, const EltwiseOp&) {
  const Slot source = slots_[node.inputs[0]];
  const Slot result = ResultOver(source);
  Activate(node.activations, source, result);
  SetSlot(node.output, result);
}

void Lowering::Lower(const Node& node, const ConcatOp& op) {
  std::vector<memory::desc> descs;
  std::vector<Plan::Argument> arguments;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Slot& slot = slots_[node.inputs[i]];
    descs.push_back(slot.desc);
    arguments.push_back(PlanBuilder::Of(DNNL_ARG_MULTIPLE_SRC + static_cast<int>(i), slot));
  }
  const dnnl::concat::primitive_desc desc(Axis(node.output, op.axis), descs, plan_.engine(),
                                          PlanBuilder::Attributes());
  const Slot result = plan_.NewSlot(desc.dst_desc());
  arguments.push_back(PlanBuilder::Of(DNNL_ARG_DST, result));
  plan_.Add<dnnl::concat>(desc, std::move(arguments));
  SetSlot(node.output, result);
}

void Lowering::Lower(const Node& node, const ReshapeOp&) {
  SetReshaped(node.output, slots_[node.inputs[0]]);
}

void Lowering::Lower(const Node& node, const TransposeOp& op) {
  const Slot source = PlainOnnx(node.inputs[0]);
  const memory::dims from = OnnxDims(node.inputs[0]);
  memory::dims from_strides(from.size(), 1);
  for (std::size_t i = from.size(); i-- > 1;) from_strides[i - 1] = from_strides[i] * from[i];
  const memory::dims to = OnnxDims(node.output);
  memory::dims strides = {from_strides[0]};
  for (const std::size_t axis : op.permutation) strides.push_back(from_strides[axis + 1]);
  const Slot result = plan_.NewSlot(PlanBuilder::Plain(to));
  plan_.Copy({to, memory::data_type::f32, strides}, source, result.desc, result);
  SetReshaped(node.output, result);
}

void Lowering::Lower(const Node& node, const PadOp& op) {
  const Slot source = PlainOnnx(node.inputs[0]);
  const memory::dims to = OnnxDims(node.output);
  const Slot result = plan_.NewSlot(PlanBuilder::Plain(to));
  plan_.Fill(result, result.desc.get_size() / sizeof(float), op.value);
  memory::dims offsets = {0};
  offsets.insert(offsets.end(), op.before.begin(), op.before.end());
  plan_.Copy(source.desc, source, result.desc.submemory_desc(source.desc.dims(), offsets), result);
  SetReshaped(node.output, result);
}

void Lowering::Lower(const Node& node, const SliceOp& op) {
  const Slot source = PlainOnnx(node.inputs[0]);
  const memory::dims to = OnnxDims(node.output);
  const Slot result = plan_.NewSlot(PlanBuilder::Plain(to));
  memory::dims offsets = {0};
  offsets.insert(offsets.end(), op.begin.begin(), op.begin.end());
  plan_.Copy(source.desc.submemory_desc(to, offsets), source, result.desc, result);
  SetReshaped(node.output, result);
}

void Lowering::Lower(const Node& node, const SoftmaxOp& op) {
  const Slot source = PlainOnnx(node.inputs[0]);
  const Slot result = plan_.NewSlot(source.desc);
  const dnnl::softmax_forward::desc desc(dnnl::prop_kind::forward_inference, source.desc,
                                         static_cast<int>(op.axis) + 1);
  plan_.Add<dnnl::softmax_forward>(
      {desc, PlanBuilder::Attributes(), plan_.engine()},
      {PlanBuilder::Of(DNNL_ARG_SRC, source), PlanBuilder::Of(DNNL_ARG_DST, result)});
  SetReshaped(node.output, result);
}

}  // namespace heartbeat::nn
