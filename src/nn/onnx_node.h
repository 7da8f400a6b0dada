#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "nn/graph.h"
#include "nn/onnx_tensor.h"
#include "nn/session.h"

namespace heartbeat::nn {

// The graph while it is being read from a file, and the file's names in it.
struct ImportState {
  Graph graph;
  LoadLimits limits;
  int opset = 0;
  bool batch_is_one = false;  // the file fixes the batch to 1, so that a Reshape may say so
  std::map<std::string, OnnxTensor> constants;
  std::map<std::string, ValueId> activations;
  // Constants that nodes have read: many nodes may share one, and each keeps its own copy.
  std::size_t constant_elements_read = 0;
};

// One node of an ONNX file, seen by the code that imports its operator. The readers latch the first
// error and then give harmless defaults; an importer reads all it needs, then asks Check().
class OnnxNode {
 public:
  OnnxNode(const onnx::NodeProto& proto, ImportState& state);

  [[nodiscard]] const std::string& label() const { return label_; }  // Conv "stem"
  [[nodiscard]] const std::string& op_type() const { return proto_.op_type(); }
  [[nodiscard]] int opset() const { return state_.opset; }
  [[nodiscard]] const LoadLimits& limits() const { return state_.limits; }
  [[nodiscard]] bool batch_is_one() const { return state_.batch_is_one; }
  [[nodiscard]] int InputCount() const { return proto_.input_size(); }
  [[nodiscard]] bool HasInput(int index) const;
  [[nodiscard]] bool InputIsConstant(int index) const;
  [[nodiscard]] const Shape& ShapeOf(ValueId id) const { return state_.graph.ShapeOf(id); }

  // An input that is computed from the network's input.
  ValueId Activation(int index);
  // An input that must be a constant: floats, or integers.
  const OnnxTensor& FloatConstant(int index);
  std::vector<std::int64_t> IntegersConstant(int index);
  // An input that is a constant of integers, of any shape; null otherwise.
  const OnnxTensor* IntegerTensor(int index);
  // A constant of one float.
  std::optional<float> ScalarConstant(int index);
  // A new constant value of the graph.
  ValueId AddConstant(Shape shape, std::vector<float> values);

  std::int64_t Int(const char* name, std::int64_t fallback);
  float Float(const char* name, float fallback);
  std::string String(const char* name, const std::string& fallback);
  // Empty if absent.
  std::vector<std::int64_t> Ints(const char* name);
  bool HasAttribute(const char* name) const;
  const onnx::AttributeProto* Attribute(const char* name, onnx::AttributeProto::AttributeType type);

  // Latches the error "<label> <what>".
  void Reject(const std::string& what);
  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  // The latched error; otherwise, whether every attribute and input has been read.
  base::Result<void> Check();

  // A new value. Errors: it is too large.
  base::Result<ValueId> Emit(Op op, std::vector<ValueId> inputs, Shape shape,
                             std::vector<Eltwise> activations = {});
  // Emit, and give the node's one output this value.
  base::Result<void> Finish(Op op, std::vector<ValueId> inputs, Shape shape,
                            std::vector<Eltwise> activations = {});
  base::Result<void> FinishAlias(ValueId value);
  base::Result<void> FinishConstant(OnnxTensor tensor);
  [[nodiscard]] base::Result<void> Failed(const std::string& what) const;

 private:
  base::Result<void> CheckOutputName();
  void ChargeConstant(std::size_t elements);

  const onnx::NodeProto& proto_;
  ImportState& state_;
  std::string label_;
  std::set<std::string> attributes_read_;
  std::set<int> inputs_read_;
  std::map<std::string, std::size_t> weights_;
  std::optional<std::string> error_;
};

}  // namespace heartbeat::nn
