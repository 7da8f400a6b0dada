#pragma once

#include <cstddef>

#include "base/result.h"
#include "nn/graph.h"
#include "nn/plan.h"

namespace heartbeat::nn {

// A plan that runs one item of a (fused) graph on one thread. Its input and outputs lie plain.
// Errors: kInvalidModel, if it needs more than `max_bytes` or oneDNN
// cannot do a node, which the message names.
[[nodiscard]] base::Result<Plan> Compile(const Graph& graph, std::size_t max_bytes);

}  // namespace heartbeat::nn
