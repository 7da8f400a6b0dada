#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "nn/graph.h"
#include "nn/tensor_buffer.h"

namespace heartbeat::nn {

// What runs: oneDNN primitives in order, over buffers that share one arena. Immutable once built,
// so that any number of threads may run it, each with an arena of its own.
struct Plan {
  struct Argument {
    int id = 0;  // DNNL_ARG_*
    dnnl::memory::desc desc;
    std::size_t index = 0;  // of a buffer, or of a constant
    bool is_constant = false;
  };
  // Fills a buffer with one number, or else runs a primitive.
  struct Step {
    dnnl::primitive primitive;
    std::vector<Argument> arguments;
    float fill_value = 0.F;
    std::size_t fill_elements = 0;
    std::size_t fill_buffer = 0;
    std::string implementation;  // oneDNN's name for what it chose
  };

  dnnl::engine engine;  // the primitives' own: oneDNN refuses memory of another
  std::vector<Step> steps;
  std::vector<TensorBuffer> constants;
  std::vector<std::size_t> buffer_offsets;  // in bytes, into the arena
  std::size_t arena_bytes = 0;              // with the scratchpad that all steps share
  std::size_t input_buffer = 0;
  std::vector<std::size_t> output_buffers;
};

// Where a value lies while a plan is built.
struct Slot {
  dnnl::memory::desc desc;
  std::size_t buffer = 0;
};

// Collects steps and buffers of a plan, and packs the buffers into an arena by their lifetimes.
class PlanBuilder {
 public:
  PlanBuilder(const dnnl::engine& engine, std::size_t max_bytes);

  // [dim, ...] floats in C order.
  [[nodiscard]] static dnnl::memory::desc Plain(const dnnl::memory::dims& dims);
  // For every primitive: scratch memory comes from the arena.
  [[nodiscard]] static dnnl::primitive_attr Attributes(const dnnl::post_ops& post_ops = {});

  Slot NewSlot(const dnnl::memory::desc& desc);
  // The slot itself if it has that layout already; otherwise a reordered copy.
  Slot InLayout(const Slot& slot, const dnnl::memory::desc& desc);
  Slot InPlainLayout(const Slot& slot);
  void Copy(const dnnl::memory::desc& from_desc, const Slot& from,
            const dnnl::memory::desc& to_desc, const Slot& to);
  void Fill(const Slot& slot, std::size_t elements, float value);

  // The index of a constant with these C-order values, in the layout `desc`.
  std::size_t AddConstant(const std::vector<float>& values, const dnnl::memory::dims& dims,
                          const dnnl::memory::desc& desc);

  static Plan::Argument Of(int id, const Slot& slot) { return {id, slot.desc, slot.buffer, false}; }
  static Plan::Argument OfConstant(int id, const dnnl::memory::desc& desc, std::size_t index) {
    return {id, desc, index, true};
  }

  template <typename Primitive>
  void Add(const typename Primitive::primitive_desc& desc, std::vector<Plan::Argument> arguments) {
    AddStep(Primitive(desc), desc.scratchpad_desc(), desc.impl_info_str(), std::move(arguments));
  }

  [[nodiscard]] const dnnl::engine& engine() const { return engine_; }

  // Errors: kInvalidModel if it would take more than `max_bytes`.
  [[nodiscard]] base::Result<Plan> Finish(const Slot& input, const std::vector<Slot>& outputs) &&;

 private:
  struct Buffer {
    std::size_t bytes = 0;
    std::size_t first = std::numeric_limits<std::size_t>::max();  // step that writes it
    std::size_t last = 0;                                         // step that reads it last
  };

  void AddStep(dnnl::primitive primitive, const dnnl::memory::desc& scratchpad,
               const char* implementation, std::vector<Plan::Argument> arguments);
  void Touch(std::size_t buffer);
  void Pack();

  dnnl::engine engine_;
  std::size_t max_bytes_;
  std::size_t constant_bytes_ = 0;
  std::size_t scratchpad_bytes_ = 0;
  std::size_t scratchpad_buffer_ = 0;
  bool over_limit_ = false;
  std::vector<Buffer> buffers_;
  Plan plan_;
};

}  // namespace heartbeat::nn
