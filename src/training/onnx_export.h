#pragma once

#include <cstddef>
#include <vector>

#include "analysis/model_metadata.h"
#include "training/network.h"

namespace heartbeat::training {

// What an exported model may differ by from libtorch, in a logit: the precision the API promises.
inline constexpr double kExportTolerance = 1e-4;

// What the names of weights begin with: those of the first trunk have nothing before them.
inline constexpr const char* kSecondPrefix = "second.";
// Of the constants by which two trunks are joined; "join.limit" is NetworkShape::Second::limit.
inline constexpr const char* kJoinPrefix = "join.";

// The network in evaluation mode as an ONNX file: input "features" [batch, 1, mel, frame], output
// "logit" [batch, 1], where it has murmurs "murmur" [batch, 3], and "evidence" [batch, row, column]
// (evidence_export.h), with all of `metadata`. Of two trunks the evidence is the sum of both, that
// of the first as much smaller as its logit is by being cut off; a row of the second must be as
// many bands as one of the first (training/join.h sees to it). Its tensors must lie on the CPU.
[[nodiscard]] std::vector<std::byte> ToOnnx(const Network& network,
                                            const analysis::ModelMetadata& metadata);

}  // namespace heartbeat::training
