#include "nn/onnx_node.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace heartbeat::nn {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

// oneDNN holds 12 dimensions; nothing of this kind of network needs more than 8 with the batch.
constexpr std::size_t kMaxItemRank = 7;

}  // namespace

OnnxNode::OnnxNode(const onnx::NodeProto& proto, ImportState& state)
    : proto_(proto), state_(state), label_(proto.op_type()) {
  if (!proto.name().empty()) {
    label_ += " " + Quoted(proto.name());
  } else if (proto.output_size() > 0) {
    label_ += " " + Quoted(proto.output(0));
  }
}

bool OnnxNode::HasInput(int index) const {
  return index < proto_.input_size() && !proto_.input(index).empty();
}

bool OnnxNode::InputIsConstant(int index) const {
  return HasInput(index) && state_.constants.contains(proto_.input(index));
}

ValueId OnnxNode::Activation(int index) {
  inputs_read_.insert(index);
  if (!HasInput(index)) {
    Reject("has no input " + std::to_string(index) + ".");
    return 0;
  }
  const auto found = state_.activations.find(proto_.input(index));
  if (found != state_.activations.end()) return found->second;
  if (InputIsConstant(index)) {
    Reject("takes the constant " + Quoted(proto_.input(index)) + " as input " +
           std::to_string(index) + ", which must be computed from the network's input.");
  } else {
    Reject("needs " + Quoted(proto_.input(index)) +
           ", which no earlier node gives: the graph has a cycle, is not sorted, or lost a node.");
  }
  return 0;
}

const OnnxTensor& OnnxNode::FloatConstant(int index) {
  static const OnnxTensor kEmpty;
  inputs_read_.insert(index);
  if (!HasInput(index)) {
    Reject("has no input " + std::to_string(index) + ".");
    return kEmpty;
  }
  const auto found = state_.constants.find(proto_.input(index));
  if (found == state_.constants.end() || !found->second.is_float) {
    Reject("needs constant floats as input " + std::to_string(index) + ", and " +
           Quoted(proto_.input(index)) + " is none.");
    return kEmpty;
  }
  weights_.emplace(proto_.input(index), found->second.floats.size());
  ChargeConstant(found->second.floats.size());
  return found->second;
}

std::vector<std::int64_t> OnnxNode::IntegersConstant(int index) {
  inputs_read_.insert(index);
  const auto found =
      HasInput(index) ? state_.constants.find(proto_.input(index)) : state_.constants.end();
  if (found == state_.constants.end() || found->second.is_float || found->second.shape.size() > 1) {
    Reject("needs a constant list of integers as input " + std::to_string(index) + ".");
    return {};
  }
  ChargeConstant(found->second.integers.size());
  return ok() ? found->second.integers : std::vector<std::int64_t>();
}

const OnnxTensor* OnnxNode::IntegerTensor(int index) {
  if (!InputIsConstant(index)) return nullptr;
  const OnnxTensor& tensor = state_.constants.at(proto_.input(index));
  if (tensor.is_float) return nullptr;
  inputs_read_.insert(index);
  ChargeConstant(tensor.integers.size());
  return &tensor;
}

std::optional<float> OnnxNode::ScalarConstant(int index) {
  if (!InputIsConstant(index)) return std::nullopt;
  const OnnxTensor& tensor = state_.constants.at(proto_.input(index));
  if (!tensor.is_float || tensor.floats.size() != 1 || tensor.shape.size() > 1) return std::nullopt;
  return FloatConstant(index).floats.front();
}

ValueId OnnxNode::AddConstant(Shape shape, std::vector<float> values) {
  state_.graph.values.push_back(
      {label_, std::move(shape), std::make_shared<const std::vector<float>>(std::move(values))});
  return state_.graph.values.size() - 1;
}

void OnnxNode::ChargeConstant(std::size_t elements) {
  // Twice what a file of the largest size can hold: room for some sharing and folding.
  const std::size_t limit = 2 * limits().max_file_bytes / sizeof(float);
  if (elements > limit - std::min(limit, state_.constant_elements_read)) {
    Reject("shares large weights with too many other nodes.");
  }
  state_.constant_elements_read += elements;
}

bool OnnxNode::HasAttribute(const char* name) const {
  for (const auto& attribute : proto_.attribute()) {
    if (attribute.name() == name) return true;
  }
  return false;
}

const onnx::AttributeProto* OnnxNode::Attribute(const char* name,
                                                onnx::AttributeProto::AttributeType type) {
  attributes_read_.insert(name);
  const onnx::AttributeProto* found = nullptr;
  for (const auto& attribute : proto_.attribute()) {
    if (attribute.name() != name) continue;
    if (found != nullptr) Reject("has the attribute " + Quoted(name) + " twice.");
    if (attribute.type() != type || !attribute.ref_attr_name().empty()) {
      Reject("has the attribute " + Quoted(name) + " with a wrong type.");
      return nullptr;
    }
    found = &attribute;
  }
  return found;
}

std::int64_t OnnxNode::Int(const char* name, std::int64_t fallback) {
  const auto* attribute = Attribute(name, onnx::AttributeProto::INT);
  return attribute == nullptr ? fallback : attribute->i();
}

float OnnxNode::Float(const char* name, float fallback) {
  const auto* attribute = Attribute(name, onnx::AttributeProto::FLOAT);
  if (attribute == nullptr) return fallback;
  if (!std::isfinite(attribute->f())) {
    Reject("has an attribute " + Quoted(name) + " that is infinite or not a number.");
    return fallback;
  }
  return attribute->f();
}

std::string OnnxNode::String(const char* name, const std::string& fallback) {
  const auto* attribute = Attribute(name, onnx::AttributeProto::STRING);
  return attribute == nullptr ? fallback : attribute->s();
}

std::vector<std::int64_t> OnnxNode::Ints(const char* name) {
  const auto* attribute = Attribute(name, onnx::AttributeProto::INTS);
  if (attribute == nullptr) return {};
  return {attribute->ints().begin(), attribute->ints().end()};
}

void OnnxNode::Reject(const std::string& what) {
  if (!error_) error_ = label_ + " " + what;
}

Result<void> OnnxNode::Failed(const std::string& what) const {
  return Fail(ErrorCode::kInvalidModel, label_ + " " + what);
}

Result<void> OnnxNode::Check() {
  if (ok()) {
    for (const auto& attribute : proto_.attribute()) {
      if (!attributes_read_.contains(attribute.name())) {
        Reject("has the attribute " + Quoted(attribute.name()) + ", which is not supported.");
      }
    }
    for (int index = 0; index < proto_.input_size(); ++index) {
      if (HasInput(index) && !inputs_read_.contains(index)) {
        Reject("has an input " + std::to_string(index) + ", which is not supported.");
      }
    }
    for (int index = 1; index < proto_.output_size(); ++index) {
      if (!proto_.output(index).empty()) {
        Reject("has a second output, which is not supported.");
      }
    }
    if (proto_.output_size() == 0 || proto_.output(0).empty()) Reject("has no output.");
  }
  if (!ok()) return Fail(ErrorCode::kInvalidModel, *error_);
  return {};
}

Result<ValueId> OnnxNode::Emit(Op op, std::vector<ValueId> inputs, Shape shape,
                               std::vector<Eltwise> activations) {
  if (shape.size() > kMaxItemRank || !ElementCount(shape, limits().max_tensor_elements)) {
    return Fail(ErrorCode::kInvalidModel,
                label_ + " would give a tensor of the shape " + ToString(shape) +
                    ", which is impossible or larger than the limit of " +
                    std::to_string(limits().max_tensor_elements) + " elements.");
  }
  Graph& graph = state_.graph;
  const ValueId value = graph.values.size();
  graph.values.push_back({proto_.output(0), std::move(shape), nullptr});
  graph.nodes.push_back(
      {label_, std::move(op), std::move(inputs), value, std::move(activations), weights_});
  return value;
}

Result<void> OnnxNode::CheckOutputName() {
  const std::string& name = proto_.output(0);
  if (state_.activations.contains(name) || state_.constants.contains(name)) {
    return Failed("gives " + Quoted(name) + ", which another node or tensor gives already.");
  }
  return {};
}

Result<void> OnnxNode::Finish(Op op, std::vector<ValueId> inputs, Shape shape,
                              std::vector<Eltwise> activations) {
  const auto value =
      Emit(std::move(op), std::move(inputs), std::move(shape), std::move(activations));
  if (!value) return Fail(value);
  return FinishAlias(*value);
}

Result<void> OnnxNode::FinishAlias(ValueId value) {
  if (auto name = CheckOutputName(); !name) return name;
  state_.activations.emplace(proto_.output(0), value);
  return {};
}

Result<void> OnnxNode::FinishConstant(OnnxTensor tensor) {
  if (auto name = CheckOutputName(); !name) return name;
  state_.constants.emplace(proto_.output(0), std::move(tensor));
  return {};
}

}  // namespace heartbeat::nn
