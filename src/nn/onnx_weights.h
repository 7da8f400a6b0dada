#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "nn/session.h"

namespace heartbeat::nn {

// What a network was made of, by the names that its file gives: for whoever goes on training it.
struct OnnxWeights {
  struct Tensor {
    std::vector<std::int64_t> shape;  // a scalar has none
    std::vector<float> values;        // finite
  };
  std::map<std::string, Tensor> tensors;  // the float constants
  // The strides of each convolution, [height, width] in 2-D, by the name of its weights; empty
  // where the file gives none, which means 1.
  std::map<std::string, std::vector<std::int64_t>> strides;
};

// Checks only what it reads: whether the model can run is Session's to say. Errors: kInvalidModel.
[[nodiscard]] base::Result<OnnxWeights> ReadOnnxWeights(std::span<const std::byte> onnx,
                                                        const LoadLimits& limits = {});

}  // namespace heartbeat::nn
