#pragma once

#include <cstdint>
#include <string>

#include "nn/onnx_builder.h"
#include "training/network.h"

namespace heartbeat::training {

// Names of the values of an exported graph that the evidence is computed from.
struct EvidenceInputs {
  std::string last_map;  // of the last block, [batch, channel, row, column]
  std::string collapse;  // after its ReLU, [batch, channel, 1, column]
  std::string mix;       // after its ReLU, [batch, channel, 1, column]
  std::string time_max;  // of mix, [batch, channel]
  std::string mix_weight;
};

// What all names of evidence in a graph begin with; those of the network itself never do.
inline constexpr const char* kEvidencePrefix = "evidence";

// Adds the value `output` [batch, row, column], the evidence of a trunk under `linear`: the last
// block's map times the gradient of the logit with respect to it, summed over channels
// (HiResCAM: Draelos & Carin 2020, arXiv:2011.08891). The layers behind the map are piecewise
// linear, so that
//   sum over all cells + what their biases give by themselves = logit.
// Equal maxima over time share the gradient of the maximum, as in torch::amax. Costs
// channels * (channels + row * row + row) multiply-accumulates a column. `columns`: of the map.
// The names of all that it adds begin with `output`, and that with kEvidencePrefix.
void AddEvidence(const Trunk& trunk, const torch::nn::Linear& linear, const EvidenceInputs& inputs,
                 std::int64_t columns, const std::string& output, nn::OnnxBuilder& builder);

}  // namespace heartbeat::training
