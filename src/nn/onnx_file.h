#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <span>

#include "base/result.h"
#include "nn/session.h"

namespace heartbeat::nn {

// An ONNX file as protobuf has it, its size and its wire format checked first. Errors:
// kInvalidModel.
[[nodiscard]] base::Result<onnx::ModelProto> ParseOnnx(std::span<const std::byte> onnx,
                                                       const LoadLimits& limits);

}  // namespace heartbeat::nn
