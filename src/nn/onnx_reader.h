#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "nn/graph.h"
#include "nn/session.h"

namespace heartbeat::nn {

// An ONNX file as a graph without dead nodes. Errors: those of Session::Load.
[[nodiscard]] base::Result<Graph> ReadOnnx(std::span<const std::byte> onnx,
                                           const LoadLimits& limits);

}  // namespace heartbeat::nn
