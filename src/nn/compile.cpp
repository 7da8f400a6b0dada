#include "nn/compile.h"

#include <new>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <utility>

#include "nn/lowering.h"
#include "nn/single_thread.h"

namespace heartbeat::nn {

using base::ErrorCode;
using base::Fail;
using base::Result;

Result<Plan> Compile(const Graph& graph, std::size_t max_bytes) {
  const SingleThread single_thread;
  std::string current = "The model";
  try {
    const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    PlanBuilder plan(engine, max_bytes);
    Lowering lowering(graph, plan);
    for (const Node& node : graph.nodes) {
      current = node.label;
      lowering.Lower(node);
    }
    current = "The model's output";
    std::vector<Slot> outputs;
    for (const ValueId output : graph.outputs) {
      outputs.push_back(plan.InPlainLayout(lowering.SlotOf(output)));
    }
    return std::move(plan).Finish(lowering.SlotOf(graph.input), outputs);
  } catch (const dnnl::error& error) {
    return Fail(ErrorCode::kInvalidModel,
                current + " cannot be run by oneDNN on this machine (" + error.what() + ").");
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kInvalidModel, current + " takes more memory than there is.");
  }
}

}  // namespace heartbeat::nn
