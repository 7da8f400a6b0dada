#include "nn/fuse.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace heartbeat::nn {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
// Well under the 32 that oneDNN appends to a primitive.
constexpr std::size_t kMaxActivations = 8;

bool AllFinite(const std::vector<float>& values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

bool IsLogistic(const std::vector<Eltwise>& chain) {
  return chain.size() == 1 && chain[0].kind == Eltwise::Kind::kLogistic;
}

// min(max(x / 6 + 1 / 2, 0), 1), the gate of HardSwish.
bool IsHardSwishGate(const std::vector<Eltwise>& chain) {
  constexpr float kTolerance = 1e-6F;  // of 1 / 6 written in decimal
  return chain.size() == 2 && chain[0].kind == Eltwise::Kind::kLinear &&
         std::abs(chain[0].alpha - 1.F / 6.F) < kTolerance && chain[0].beta == 0.5F &&
         chain[1].kind == Eltwise::Kind::kClip && chain[1].alpha == 0.F && chain[1].beta == 1.F;
}

// Multiplies the weights of each output channel by scale, and moves its bias. False, and nothing
// done, if a product is not finite.
bool Fold(const AffineOp& affine, std::vector<float>& weights, std::vector<float>& bias) {
  std::vector<float> new_weights = weights;
  std::vector<float> new_bias = bias;
  const std::size_t per_channel = weights.size() / bias.size();
  for (std::size_t c = 0; c < bias.size(); ++c) {
    for (std::size_t i = 0; i < per_channel; ++i) {
      new_weights[c * per_channel + i] *= affine.scale[c];
    }
    new_bias[c] = new_bias[c] * affine.scale[c] + affine.shift[c];
  }
  if (!AllFinite(new_weights) || !AllFinite(new_bias)) return false;
  weights = std::move(new_weights);
  bias = std::move(new_bias);
  return true;
}

class Fuser {
 public:
  explicit Fuser(Graph& graph)
      : graph_(graph), uses_(CountUses(graph)), producer_(graph.values.size(), kNone) {}

  void Run() {
    erased_.resize(graph_.nodes.size());
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      producer_[graph_.nodes[i].output] = i;
      MakeGatedActivation(i);
      if (!MergeActivations(i) && !MergeAffine(i) && !MergeResidual(i)) MergePad(i);
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (erased_[i]) continue;
      if (kept != i) graph_.nodes[kept] = std::move(graph_.nodes[i]);
      ++kept;
    }
    graph_.nodes.erase(graph_.nodes.begin() + static_cast<std::ptrdiff_t>(kept),
                       graph_.nodes.end());
  }

 private:
  // The node that gives `value`, if nothing else reads it than the caller.
  Node* OnlyFor(ValueId value) {
    if (producer_[value] == kNone || uses_[value] != 1) return nullptr;
    return &graph_.nodes[producer_[value]];
  }

  // Node i becomes `merged`, and the node that gave its (only) reader's input vanishes.
  void Replace(std::size_t i, ValueId intermediate, Node merged) {
    erased_[producer_[intermediate]] = true;
    producer_[intermediate] = kNone;
    uses_[intermediate] = 0;
    merged.output = graph_.nodes[i].output;
    merged.weights.insert(graph_.nodes[i].weights.begin(), graph_.nodes[i].weights.end());
    graph_.nodes[i] = std::move(merged);
  }

  // x * sigmoid(x) -> swish(x), and likewise for HardSwish.
  void MakeGatedActivation(std::size_t i) {
    Node& node = graph_.nodes[i];
    const auto* binary = std::get_if<BinaryOp>(&node.op);
    if (binary == nullptr || binary->kind != BinaryOp::Kind::kMultiply) return;
    for (std::size_t k = 0; k < 2; ++k) {
      const ValueId x = node.inputs[1 - k];
      const ValueId gate_value = node.inputs[k];
      const Node* gate = OnlyFor(gate_value);
      if (gate == nullptr || !std::holds_alternative<EltwiseOp>(gate->op) || gate->inputs[0] != x) {
        continue;
      }
      const bool swish = IsLogistic(gate->activations);
      if (!swish && !IsHardSwishGate(gate->activations)) continue;
      node.op = EltwiseOp{};
      node.activations.insert(node.activations.begin(),
                              swish ? Eltwise{Eltwise::Kind::kSwish, 1.F, 0.F}
                                    : Eltwise{Eltwise::Kind::kHardSwish, 0.F, 0.F});
      node.inputs = {x};
      erased_[producer_[gate_value]] = true;
      producer_[gate_value] = kNone;
      uses_[gate_value] = 0;
      --uses_[x];
      return;
    }
  }

  bool MergeActivations(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (!std::holds_alternative<EltwiseOp>(node.op)) return false;
    const ValueId x = node.inputs[0];
    Node* before = OnlyFor(x);
    if (before == nullptr ||
        before->activations.size() + node.activations.size() > kMaxActivations) {
      return false;
    }
    if (!std::holds_alternative<ConvOp>(before->op) &&
        !std::holds_alternative<DenseOp>(before->op) &&
        !std::holds_alternative<AffineOp>(before->op) &&
        !std::holds_alternative<BinaryOp>(before->op) &&
        !std::holds_alternative<EltwiseOp>(before->op)) {
      return false;
    }
    Node merged = std::move(*before);
    merged.activations.insert(merged.activations.end(), node.activations.begin(),
                              node.activations.end());
    Replace(i, x, std::move(merged));
    return true;
  }

  bool MergeAffine(std::size_t i) {
    const Node& node = graph_.nodes[i];
    const auto* affine = std::get_if<AffineOp>(&node.op);
    if (affine == nullptr) return false;
    const ValueId x = node.inputs[0];
    Node* before = OnlyFor(x);
    if (before == nullptr || !before->activations.empty() || before->inputs.size() != 1) {
      return false;
    }
    if (auto* conv = std::get_if<ConvOp>(&before->op)) {
      if (!Fold(*affine, conv->weights, conv->bias)) return false;
    } else if (auto* dense = std::get_if<DenseOp>(&before->op)) {
      // Beyond one dimension the channel is not what the weights give.
      if (graph_.ShapeOf(x).size() != 1 || !Fold(*affine, dense->weights, dense->bias))
        return false;
    } else if (auto* scale = std::get_if<AffineOp>(&before->op)) {
      if (!Fold(*affine, scale->scale, scale->shift)) return false;
    } else {
      return false;
    }
    Node merged = std::move(*before);
    merged.activations = node.activations;
    Replace(i, x, std::move(merged));
    return true;
  }

  bool MergeResidual(std::size_t i) {
    const Node& node = graph_.nodes[i];
    const auto* binary = std::get_if<BinaryOp>(&node.op);
    if (binary == nullptr || binary->kind != BinaryOp::Kind::kAdd) return false;
    if (graph_.ShapeOf(node.inputs[0]) != graph_.ShapeOf(node.inputs[1]) ||
        graph_.IsConstant(node.inputs[0]) || graph_.IsConstant(node.inputs[1])) {
      return false;
    }
    // Of two convolutions the later one takes the sum: the other's result is there by then.
    std::optional<std::size_t> chosen;
    for (std::size_t k = 0; k < 2; ++k) {
      const Node* before = OnlyFor(node.inputs[k]);
      if (before == nullptr || !std::holds_alternative<ConvOp>(before->op) ||
          before->inputs.size() != 1) {
        continue;
      }
      if (!chosen || producer_[node.inputs[k]] > producer_[node.inputs[*chosen]]) chosen = k;
    }
    if (!chosen) return false;
    const ValueId conv_value = node.inputs[*chosen];
    Node merged = std::move(graph_.nodes[producer_[conv_value]]);
    merged.inputs.push_back(node.inputs[1 - *chosen]);
    merged.before_sum = std::move(merged.activations);
    merged.activations = node.activations;
    Replace(i, conv_value, std::move(merged));
    return true;
  }

  bool MergePad(std::size_t i) {
    Node& node = graph_.nodes[i];
    auto* conv = std::get_if<ConvOp>(&node.op);
    if (conv == nullptr) return false;
    const ValueId x = node.inputs[0];
    const Node* before = OnlyFor(x);
    const auto* pad = before == nullptr ? nullptr : std::get_if<PadOp>(&before->op);
    if (pad == nullptr || pad->value != 0.F || pad->before[0] != 0 || pad->after[0] != 0) {
      return false;
    }
    Window window = conv->window;
    const std::size_t spatial_rank = pad->before.size() - 1;
    for (std::size_t axis = 1; axis <= spatial_rank; ++axis) {
      const std::size_t k = 2 - spatial_rank + axis - 1;
      window.pads_begin[k] += pad->before[axis];
      window.pads_end[k] += pad->after[axis];
      // oneDNN wants less padding than kernel.
      const std::int64_t kernel = (window.kernel[k] - 1) * window.dilations[k] + 1;
      if (std::max(window.pads_begin[k], window.pads_end[k]) >= kernel) return false;
    }
    conv->window = window;
    node.inputs[0] = before->inputs[0];
    erased_[producer_[x]] = true;
    producer_[x] = kNone;
    uses_[x] = 0;
    return true;
  }

  Graph& graph_;
  std::vector<std::size_t> uses_;
  std::vector<std::size_t> producer_;
  std::vector<bool> erased_;
};

}  // namespace

void Fuse(Graph& graph) { Fuser(graph).Run(); }

}  // namespace heartbeat::nn
