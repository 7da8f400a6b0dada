#include "nn/onnx_file.h"

#include <climits>
#include <string>

#include "nn/onnx_wire.h"

namespace heartbeat::nn {

using base::ErrorCode;
using base::Fail;

base::Result<onnx::ModelProto> ParseOnnx(std::span<const std::byte> onnx,
                                         const LoadLimits& limits) {
  if (onnx.empty()) return Fail(ErrorCode::kInvalidModel, "The model file is empty.");
  if (onnx.size() > limits.max_file_bytes || onnx.size() > INT_MAX) {
    return Fail(ErrorCode::kInvalidModel, "The model file has " + std::to_string(onnx.size()) +
                                              " bytes, over the limit of " +
                                              std::to_string(limits.max_file_bytes) + ".");
  }
  if (auto wire = CheckOnnxWire(onnx, limits.max_nodes); !wire) return Fail(wire);
  onnx::ModelProto model;
  if (!model.ParseFromArray(onnx.data(), static_cast<int>(onnx.size())) || !model.has_graph()) {
    return Fail(ErrorCode::kInvalidModel,
                "The file is not an ONNX model, or is corrupt or cut off.");
  }
  return model;
}

}  // namespace heartbeat::nn
