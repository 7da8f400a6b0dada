#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"

namespace heartbeat::nn {

// Walks the protobuf wire format of an ONNX file without keeping anything of it. Errors:
// kInvalidModel if it is malformed or truncated, holds more than `max_nodes` nodes, subgraphs,
// functions, sparse or non-tensor values, or so many small parts that parsing it would take far
// more memory than the file has bytes.
[[nodiscard]] base::Result<void> CheckOnnxWire(std::span<const std::byte> onnx,
                                               std::size_t max_nodes);

}  // namespace heartbeat::nn
