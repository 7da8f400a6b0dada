#include "nn/onnx_builder.h"

#include <onnx/onnx_pb.h>

#include <cstring>
#include <type_traits>
#include <utility>

namespace heartbeat::nn {
namespace {

constexpr int kFirstOpsetOfIrVersion8 = 15;

void FillInfo(onnx::ValueInfoProto& info, const std::string& name,
              std::span<const std::int64_t> shape) {
  info.set_name(name);
  auto& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  tensor.mutable_shape()->add_dim()->set_dim_param("batch");
  for (const std::int64_t dim : shape) tensor.mutable_shape()->add_dim()->set_dim_value(dim);
}

template <typename T>
void FillTensor(onnx::TensorProto& tensor, const std::string& name,
                std::span<const std::int64_t> shape, std::span<const T> values) {
  tensor.set_name(name);
  tensor.set_data_type(std::is_same_v<T, float> ? onnx::TensorProto::FLOAT
                                                : onnx::TensorProto::INT64);
  for (const std::int64_t dim : shape) tensor.add_dims(dim);
  // ONNX's raw_data is little-endian, as is every machine that oneDNN's x86 kernels run on.
  tensor.set_raw_data(values.data(), values.size_bytes());
}

void FillAttribute(onnx::AttributeProto& proto, const std::string& name,
                   const OnnxBuilder::Attribute& attribute) {
  proto.set_name(name);
  if (const auto* integer = std::get_if<std::int64_t>(&attribute)) {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(*integer);
  } else if (const auto* real = std::get_if<float>(&attribute)) {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(*real);
  } else if (const auto* text = std::get_if<std::string>(&attribute)) {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(*text);
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute)) {
    proto.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : *integers) proto.add_ints(value);
  } else if (const auto* reals = std::get_if<std::vector<float>>(&attribute)) {
    proto.set_type(onnx::AttributeProto::FLOATS);
    for (const float value : *reals) proto.add_floats(value);
  }
}

}  // namespace

struct OnnxBuilder::Impl {
  onnx::ModelProto model;
};

OnnxBuilder::OnnxBuilder(std::string graph_name, int opset) : impl_(std::make_unique<Impl>()) {
  auto& model = impl_->model;
  model.set_ir_version(opset >= kFirstOpsetOfIrVersion8 ? 8 : 7);
  model.set_producer_name("heartbeat");
  auto& import = *model.add_opset_import();
  import.set_domain("");
  import.set_version(opset);
  model.mutable_graph()->set_name(std::move(graph_name));
}

OnnxBuilder::OnnxBuilder(OnnxBuilder&&) noexcept = default;
OnnxBuilder& OnnxBuilder::operator=(OnnxBuilder&&) noexcept = default;
OnnxBuilder::~OnnxBuilder() = default;

void OnnxBuilder::AddInput(const std::string& name, std::span<const std::int64_t> shape) {
  FillInfo(*impl_->model.mutable_graph()->add_input(), name, shape);
}

void OnnxBuilder::AddOutput(const std::string& name, std::span<const std::int64_t> shape) {
  FillInfo(*impl_->model.mutable_graph()->add_output(), name, shape);
}

void OnnxBuilder::AddInitializer(const std::string& name, std::span<const std::int64_t> shape,
                                 std::span<const float> values) {
  FillTensor(*impl_->model.mutable_graph()->add_initializer(), name, shape, values);
}

void OnnxBuilder::AddInitializer(const std::string& name, std::span<const std::int64_t> shape,
                                 std::span<const std::int64_t> values) {
  FillTensor(*impl_->model.mutable_graph()->add_initializer(), name, shape, values);
}

void OnnxBuilder::AddNode(const std::string& op_type, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs,
                          const std::map<std::string, Attribute>& attributes) {
  auto& graph = *impl_->model.mutable_graph();
  auto& node = *graph.add_node();
  node.set_name(op_type + "_" + std::to_string(graph.node_size() - 1));
  node.set_op_type(op_type);
  for (const std::string& input : inputs) node.add_input(input);
  for (const std::string& output : outputs) node.add_output(output);
  for (const auto& [name, attribute] : attributes) {
    FillAttribute(*node.add_attribute(), name, attribute);
  }
}

void OnnxBuilder::SetMetadata(const std::string& key, const std::string& value) {
  for (auto& property : *impl_->model.mutable_metadata_props()) {
    if (property.key() == key) {
      property.set_value(value);
      return;
    }
  }
  auto& property = *impl_->model.add_metadata_props();
  property.set_key(key);
  property.set_value(value);
}

std::vector<std::byte> OnnxBuilder::Serialize() const {
  const std::string text = impl_->model.SerializeAsString();
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

}  // namespace heartbeat::nn
