#pragma once

#include "nn/graph.h"

namespace heartbeat::nn {

// Rewrites the graph so that it computes the same (but for rounding) in fewer steps: per-channel
// scales and shifts go into the weights before them, zero padding into the convolution after it,
// activations and residual additions into the node before them; x * sigmoid(x) becomes one
// function.
void Fuse(Graph& graph);

}  // namespace heartbeat::nn
