#include "nn/onnx_reader.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <string>
#include <utility>

#include "nn/onnx_file.h"
#include "nn/onnx_operators.h"

namespace heartbeat::nn {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr std::int64_t kFirstOpset = 13;
constexpr std::int64_t kLastOpset = 18;

std::unexpected<base::Error> Bad(const std::string& message) {
  return Fail(ErrorCode::kInvalidModel, message);
}

bool IsOnnxDomain(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

Result<int> ReadOpset(const onnx::ModelProto& model) {
  std::int64_t opset = 0;
  for (const auto& import : model.opset_import()) {
    if (IsOnnxDomain(import.domain())) opset = import.version();
  }
  if (opset < kFirstOpset || opset > kLastOpset) {
    return Bad("The model uses opset " + std::to_string(opset) +
               " of ONNX; 13 to 18 are supported. Export it again with one of these.");
  }
  return static_cast<int>(opset);
}

// The dimensions after the first, all of which the file must fix.
Result<Shape> ReadItemShape(const onnx::ValueInfoProto& info, std::size_t max_elements) {
  const std::string what = "The model's input " + Quoted(info.name());
  const auto& type = info.type().tensor_type();
  if (!info.type().has_tensor_type() || type.elem_type() != onnx::TensorProto::FLOAT) {
    return Bad(what + " is not a tensor of 32-bit floats.");
  }
  if (type.shape().dim_size() < 2 || type.shape().dim_size() > 8) {
    return Bad(what + " must have a batch and 1 to 7 other dimensions.");
  }
  const auto& batch = type.shape().dim(0);
  if (batch.has_dim_value() && batch.dim_value() > 1) {
    return Bad(what + " fixes the batch to " + std::to_string(batch.dim_value()) +
               ". Export the model with a dynamic batch dimension.");
  }
  Shape shape;
  for (int i = 1; i < type.shape().dim_size(); ++i) {
    if (!type.shape().dim(i).has_dim_value()) {
      return Bad(what + " leaves dimension " + std::to_string(i) +
                 " open. Only the batch may be dynamic.");
    }
    shape.push_back(type.shape().dim(i).dim_value());
  }
  if (!ElementCount(shape, max_elements)) {
    return Bad(what + " has the shape " + ToString(shape) +
               " (without the batch), which is impossible or larger than the limit of " +
               std::to_string(max_elements) + " elements.");
  }
  return shape;
}

Result<void> ReadInitializers(const onnx::GraphProto& graph, ImportState& state) {
  for (const auto& proto : graph.initializer()) {
    const std::string label = Quoted(proto.name());
    if (proto.name().empty()) return Bad("The model has a weight without a name.");
    auto tensor = ReadTensor(proto, label, state.limits.max_file_bytes / sizeof(float));
    if (!tensor) return Fail(tensor);
    if (!state.constants.emplace(proto.name(), std::move(*tensor)).second) {
      return Bad("The model has two weights named " + label + ".");
    }
  }
  return {};
}

Result<void> ReadInput(const onnx::GraphProto& graph, ImportState& state) {
  const onnx::ValueInfoProto* input = nullptr;
  for (const auto& info : graph.input()) {
    // Files of IR version 3 list the weights among the inputs.
    if (state.constants.contains(info.name())) continue;
    if (input != nullptr) {
      return Bad("The model has more than one input: " + Quoted(input->name()) + " and " +
                 Quoted(info.name()) + ".");
    }
    input = &info;
  }
  if (input == nullptr || input->name().empty()) return Bad("The model has no input.");
  auto shape = ReadItemShape(*input, state.limits.max_tensor_elements);
  if (!shape) return Fail(shape);
  const auto& batch = input->type().tensor_type().shape().dim(0);
  state.batch_is_one = batch.has_dim_value() && batch.dim_value() == 1;
  state.graph.values.push_back({input->name(), std::move(*shape), nullptr});
  state.activations.emplace(input->name(), 0);
  return {};
}

Result<void> ReadNodes(const onnx::GraphProto& graph, ImportState& state) {
  for (const auto& proto : graph.node()) {
    OnnxNode node(proto, state);
    const auto found = Importers().find(proto.op_type());
    if (!IsOnnxDomain(proto.domain()) || found == Importers().end()) {
      return Bad("The operator " + Quoted(proto.op_type()) +
                 (proto.domain().empty() ? "" : " of the domain " + Quoted(proto.domain())) +
                 " (node " + Quoted(proto.name()) +
                 ") is not supported; docs/model-format.md lists those that are.");
    }
    if (auto imported = found->second(node); !imported) return imported;
    // An operator may stand for several nodes, but a graph that grows past this is no network.
    if (state.graph.nodes.size() > 2 * state.limits.max_nodes)
      return Bad("The model is too large.");
  }
  return {};
}

Result<void> CheckDeclared(const onnx::ValueInfoProto& info, const Shape& shape) {
  const std::string what = "The model's output " + Quoted(info.name());
  if (!info.has_type()) return {};
  const auto& type = info.type().tensor_type();
  if (!info.type().has_tensor_type() || type.elem_type() != onnx::TensorProto::FLOAT) {
    return Bad(what + " is not declared as a tensor of 32-bit floats.");
  }
  if (!type.has_shape()) return {};
  bool fits = static_cast<std::size_t>(type.shape().dim_size()) == shape.size() + 1;
  for (std::size_t i = 0; fits && i < shape.size(); ++i) {
    const auto& dim = type.shape().dim(static_cast<int>(i) + 1);
    fits = !dim.has_dim_value() || dim.dim_value() == shape[i];
  }
  if (!fits) {
    return Bad(what + " is declared with another shape than the " + ToString(shape) +
               " (without the batch) that its nodes give.");
  }
  return {};
}

Result<void> ReadOutputs(const onnx::GraphProto& graph, ImportState& state) {
  if (graph.output_size() == 0) return Bad("The model has no output.");
  std::set<std::string> names;
  for (const auto& info : graph.output()) {
    const auto found = state.activations.find(info.name());
    if (found == state.activations.end()) {
      return Bad("The model's output " + Quoted(info.name()) +
                 " is not computed from its input by any node.");
    }
    if (!names.insert(info.name()).second) {
      return Bad("The model has two outputs named " + Quoted(info.name()) + ".");
    }
    const Shape& shape = state.graph.ShapeOf(found->second);
    if (auto declared = CheckDeclared(info, shape); !declared) return declared;
    state.graph.outputs.push_back(found->second);
    state.graph.output_names.push_back(info.name());
  }
  return {};
}

}  // namespace

Result<Graph> ReadOnnx(std::span<const std::byte> onnx, const LoadLimits& limits) {
  const auto parsed = ParseOnnx(onnx, limits);
  if (!parsed) return Fail(parsed);
  const onnx::ModelProto& model = *parsed;
  ImportState state;
  state.limits = limits;
  const auto opset = ReadOpset(model);
  if (!opset) return Fail(opset);
  state.opset = *opset;
  for (const auto& property : model.metadata_props()) {
    if (!state.graph.metadata.emplace(property.key(), property.value()).second) {
      return Bad("The model's metadata has the key " + Quoted(property.key()) + " twice.");
    }
  }
  const onnx::GraphProto& graph = model.graph();
  for (auto* const read : {ReadInitializers, ReadInput, ReadNodes, ReadOutputs}) {
    if (auto done = read(graph, state); !done) return Fail(done);
  }
  RemoveDeadNodes(state.graph);
  state.graph.multiply_accumulates = CountMultiplyAccumulates(state.graph);
  state.graph.parameter_count = CountParameters(state.graph);
  return std::move(state.graph);
}

}  // namespace heartbeat::nn
