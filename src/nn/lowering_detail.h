#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "nn/graph.h"

namespace heartbeat::nn {

[[nodiscard]] dnnl::algorithm AlgorithmOf(Eltwise::Kind kind);
void AppendActivations(const std::vector<Eltwise>& activations, dnnl::post_ops& post_ops);

}  // namespace heartbeat::nn
