#pragma once

#include <cstddef>
#include <vector>

#include "analysis/model_metadata.h"
#include "training/network.h"

namespace heartbeat::training {

// The network in evaluation mode as an ONNX file: input "features" [batch, 1, mel, frame], output
// "logit" [batch, 1], where it has murmurs "murmur" [batch, 3], and "evidence" [batch, row, column]
// (evidence_export.h), with all of `metadata`. Its tensors must lie on the CPU.
[[nodiscard]] std::vector<std::byte> ToOnnx(const Network& network,
                                            const analysis::ModelMetadata& metadata);

}  // namespace heartbeat::training
