#include "nn/graph.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace heartbeat::nn {

std::optional<std::size_t> ElementCount(const Shape& shape, std::size_t limit) {
  std::size_t count = 1;
  for (const std::int64_t dim : shape) {
    if (dim < 1 || static_cast<std::size_t>(dim) > limit / count) return std::nullopt;
    count *= static_cast<std::size_t>(dim);
  }
  return count;
}

std::size_t ItemElements(const Shape& shape) {
  return static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
}

std::string ToString(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

std::vector<std::size_t> CountUses(const Graph& graph) {
  std::vector<std::size_t> uses(graph.values.size());
  for (const Node& node : graph.nodes) {
    for (const ValueId input : node.inputs) ++uses[input];
  }
  for (const ValueId output : graph.outputs) ++uses[output];
  return uses;
}

void RemoveDeadNodes(Graph& graph) {
  std::vector<bool> needed(graph.values.size());
  for (const ValueId output : graph.outputs) needed[output] = true;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if (!needed[node->output]) continue;
    for (const ValueId input : node->inputs) needed[input] = true;
  }
  std::erase_if(graph.nodes, [&](const Node& node) { return !needed[node.output]; });
}

std::size_t CountParameters(const Graph& graph) {
  std::map<std::string, std::size_t> weights;
  for (const Node& node : graph.nodes) weights.insert(node.weights.begin(), node.weights.end());
  return std::transform_reduce(weights.begin(), weights.end(), std::size_t{0}, std::plus<>(),
                               [](const auto& weight) { return weight.second; });
}

std::size_t CountMultiplyAccumulates(const Graph& graph) {
  std::size_t total = 0;
  for (const Node& node : graph.nodes) {
    const std::size_t outputs = ItemElements(graph.ShapeOf(node.output));
    if (const auto* conv = std::get_if<ConvOp>(&node.op)) {
      total += outputs * (conv->weights.size() / static_cast<std::size_t>(conv->out_channels));
    } else if (const auto* dense = std::get_if<DenseOp>(&node.op)) {
      total += outputs * static_cast<std::size_t>(dense->in);
    } else if (std::holds_alternative<MatMulOp>(node.op)) {
      total += outputs * static_cast<std::size_t>(graph.ShapeOf(node.inputs[0]).back());
    }
  }
  return total;
}

}  // namespace heartbeat::nn
