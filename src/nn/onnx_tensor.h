#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "nn/graph.h"

namespace heartbeat::nn {

// A constant of the file: 32-bit floats, or integers (int64, int32, bool).
struct OnnxTensor {
  Shape shape;  // a scalar has none; a dimension may be 0
  bool is_float = false;
  std::vector<float> floats;
  std::vector<std::int64_t> integers;
};

// A name from a file, fit for a message: quoted, printable, of bounded length.
[[nodiscard]] std::string Quoted(const std::string& name);

// `label` names the tensor in messages. Errors: kInvalidModel: external data, a type other than
// those of OnnxTensor, data that does not fit the shape, more than `max_elements`, a number that is
// not finite.
[[nodiscard]] base::Result<OnnxTensor> ReadTensor(const onnx::TensorProto& proto,
                                                  const std::string& label,
                                                  std::size_t max_elements);

}  // namespace heartbeat::nn
