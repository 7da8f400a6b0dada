#pragma once

#include <cstddef>
#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "nn/graph.h"
#include "nn/plan.h"

namespace heartbeat::nn {

// Turns the nodes of a graph, in order, into steps of a plan. A value of [channel, width] lies as
// [batch, channel, 1, width]: oneDNN's 1-D depthwise convolution is slow. Every other value lies as
// [batch, ...]. Layouts are oneDNN's choice until an operator needs C order. The batch
// is 1: on one thread an item costs least when all it needs stays in the cache (measured: 5.5 ms an
// item alone, 7.0, 8.5 and 9.7 ms in batches of 2, 4 and 8). Functions throw dnnl::error and
// std::bad_alloc.
class Lowering {
 public:
  Lowering(const Graph& graph, PlanBuilder& plan);

  void Lower(const Node& node);
  [[nodiscard]] const Slot& SlotOf(ValueId value) const { return slots_[value]; }

 private:
  using dims = dnnl::memory::dims;

  void Lower(const Node& node, const ConvOp& op);
  void Lower(const Node& node, const PoolOp& op);
  void Lower(const Node& node, const EltwiseOp& op);
  void Lower(const Node& node, const BinaryOp& op);
  void Lower(const Node& node, const AffineOp& op);
  void Lower(const Node& node, const DenseOp& op);
  void Lower(const Node& node, const MatMulOp& op);
  void Lower(const Node& node, const ReduceOp& op);
  void Lower(const Node& node, const ConcatOp& op);
  void Lower(const Node& node, const ReshapeOp& op);
  void Lower(const Node& node, const TransposeOp& op);
  void Lower(const Node& node, const PadOp& op);
  void Lower(const Node& node, const SliceOp& op);
  void Lower(const Node& node, const SoftmaxOp& op);

  // [batch, ...] of a value or a constant, as ONNX has it / as it lies.
  [[nodiscard]] dims OnnxDims(ValueId value) const;
  [[nodiscard]] dims Dims(ValueId value) const;
  // The axis of Dims for an axis of an item.
  [[nodiscard]] int Axis(ValueId value, std::size_t item_axis) const;

  // The value in C order with OnnxDims.
  Slot PlainOnnx(ValueId value);
  // `slot` is overwritten by nothing that is still needed once the current node has run.
  [[nodiscard]] bool DiesHere(const Slot& slot) const;
  // A place for a result that is computed element by element from `source`: `source` itself if it
  // dies here.
  Slot ResultOver(const Slot& source);
  void SetSlot(ValueId value, const Slot& slot);
  // `slot` in C order and with the dimensions of `value`.
  void SetReshaped(ValueId value, const Slot& slot);

  // Applies each function in turn: the first from `source` to `result`, the others in place.
  void Activate(const std::vector<Eltwise>& activations, Slot source, const Slot& result);
  // `first` (op) `second`, broadcast over `first`.
  void Combine(dnnl::algorithm algorithm, const Plan::Argument& first, const Plan::Argument& second,
               const Slot& result);
  Slot Pool(const Slot& source, dnnl::algorithm algorithm, const Window& window, const dims& out);
  Slot ReducePlain(const Slot& source, dnnl::algorithm algorithm, const dims& view);
  // A value or constant with all its broadcasting done.
  Slot Expanded(ValueId value, const dims& out);
  std::size_t ExpandedConstant(ValueId value, const dims& out);

  const Graph& graph_;
  PlanBuilder& plan_;
  std::vector<std::size_t> uses_;
  std::vector<Slot> slots_;
  std::vector<std::size_t> pending_reads_;  // by buffer: reads of values in it that are to come
};

}  // namespace heartbeat::nn
