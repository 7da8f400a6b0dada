#include "nn/onnx_weights.h"

#include <utility>

#include "nn/onnx_file.h"
#include "nn/onnx_tensor.h"

namespace heartbeat::nn {

using base::Fail;

base::Result<OnnxWeights> ReadOnnxWeights(std::span<const std::byte> onnx,
                                          const LoadLimits& limits) {
  const auto model = ParseOnnx(onnx, limits);
  if (!model) return Fail(model);
  OnnxWeights weights;
  for (const auto& proto : model->graph().initializer()) {
    auto tensor = ReadTensor(proto, Quoted(proto.name()), limits.max_file_bytes / sizeof(float));
    if (!tensor) return Fail(tensor);
    if (!tensor->is_float) continue;
    weights.tensors.insert_or_assign(
        proto.name(), OnnxWeights::Tensor{std::move(tensor->shape), std::move(tensor->floats)});
  }
  for (const auto& node : model->graph().node()) {
    if (node.op_type() != "Conv" || node.input_size() < 2) continue;
    auto& strides = weights.strides[node.input(1)];
    for (const auto& attribute : node.attribute()) {
      if (attribute.name() != "strides") continue;
      strides.assign(attribute.ints().begin(), attribute.ints().end());
    }
  }
  return weights;
}

}  // namespace heartbeat::nn
