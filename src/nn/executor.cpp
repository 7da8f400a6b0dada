#include "nn/executor.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <oneapi/dnnl/dnnl.hpp>
#include <utility>

#include "nn/single_thread.h"

namespace heartbeat::nn {

using base::ErrorCode;
using base::Fail;
using base::Result;

// What one thread needs to run: memory for all buffers, and oneDNN's views of it.
struct Executor::Arena {
  explicit Arena(const Plan& plan)
      : stream(plan.engine), bytes(std::max<std::size_t>(plan.arena_bytes, 1)) {
    arguments.reserve(plan.steps.size());
    for (const Plan::Step& step : plan.steps) {
      std::vector<dnnl_exec_arg_t>& list = arguments.emplace_back();
      for (const Plan::Argument& argument : step.arguments) {
        std::byte* const data = argument.is_constant
                                    ? plan.constants[argument.index].data()
                                    : bytes.data() + plan.buffer_offsets[argument.index];
        memories.emplace_back(argument.desc, plan.engine, data);
        list.push_back({argument.id, memories.back().get()});
      }
    }
  }

  [[nodiscard]] float* Buffer(const Plan& plan, std::size_t index) const {
    return reinterpret_cast<float*>(bytes.data() + plan.buffer_offsets[index]);
  }

  dnnl::stream stream;
  TensorBuffer bytes;
  std::vector<dnnl::memory> memories;
  std::vector<std::vector<dnnl_exec_arg_t>> arguments;  // by step
};

// An arena, taken for one run.
struct Executor::Lease {
  explicit Lease(const Executor& of) : executor(of) {
    {
      const std::lock_guard lock(executor.mutex_);
      if (!executor.free_.empty()) {
        arena = std::move(executor.free_.back());
        executor.free_.pop_back();
      }
    }
    if (!arena) arena = std::make_unique<Arena>(executor.plan_);
  }
  ~Lease() {
    const std::lock_guard lock(executor.mutex_);
    executor.free_.push_back(std::move(arena));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  const Executor& executor;
  std::unique_ptr<Arena> arena;
};

Executor::Executor(Plan plan) : plan_(std::move(plan)) {}

Executor::~Executor() = default;

Result<void> Executor::Run(std::span<const float> input,
                           std::span<const std::span<float>> outputs) const {
  const SingleThread single_thread;
  try {
    const Lease lease(*this);
    Arena& arena = *lease.arena;
    std::memcpy(arena.Buffer(plan_, plan_.input_buffer), input.data(), input.size_bytes());
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      const Plan::Step& step = plan_.steps[i];
      if (step.fill_elements > 0) {
        std::fill_n(arena.Buffer(plan_, step.fill_buffer), step.fill_elements, step.fill_value);
        continue;
      }
      const std::vector<dnnl_exec_arg_t>& arguments = arena.arguments[i];
      // The C call takes the prepared list; the C++ one would build a map and a list each time.
      const dnnl_status_t status =
          dnnl_primitive_execute(step.primitive.get(), arena.stream.get(),
                                 static_cast<int>(arguments.size()), arguments.data());
      if (status != dnnl_success) {
        return Fail(ErrorCode::kInternal, "oneDNN failed to run step " + std::to_string(i) +
                                              " of the model (status " + std::to_string(status) +
                                              ").");
      }
    }
    arena.stream.wait();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      std::memcpy(outputs[i].data(), arena.Buffer(plan_, plan_.output_buffers[i]),
                  outputs[i].size_bytes());
    }
  } catch (const dnnl::error& error) {
    return Fail(ErrorCode::kInternal,
                std::string("oneDNN failed to run the model: ") + error.what() + ".");
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kInternal, "There is not enough memory to run the model.");
  }
  return {};
}

}  // namespace heartbeat::nn
