#include "nn/plan.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

namespace heartbeat::nn {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;
using dnnl::memory;

constexpr std::size_t kAlignment = 64;

std::size_t Aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

PlanBuilder::PlanBuilder(const dnnl::engine& engine, std::size_t max_bytes)
    : engine_(engine), max_bytes_(max_bytes) {
  buffers_.emplace_back();  // the scratchpad
  plan_.engine = engine;
}

memory::desc PlanBuilder::Plain(const memory::dims& dims) {
  memory::dims strides(dims.size(), 1);
  for (std::size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  return {dims, memory::data_type::f32, strides};
}

dnnl::primitive_attr PlanBuilder::Attributes(const dnnl::post_ops& post_ops) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attributes.set_post_ops(post_ops);
  return attributes;
}

Slot PlanBuilder::NewSlot(const memory::desc& desc) {
  Buffer buffer;
  buffer.bytes = Aligned(desc.get_size());
  if (buffer.bytes > max_bytes_) over_limit_ = true;
  buffers_.push_back(buffer);
  return {desc, buffers_.size() - 1};
}

Slot PlanBuilder::InLayout(const Slot& slot, const memory::desc& desc) {
  if (slot.desc == desc) return slot;
  const Slot copy = NewSlot(desc);
  Copy(slot.desc, slot, desc, copy);
  return copy;
}

Slot PlanBuilder::InPlainLayout(const Slot& slot) {
  return InLayout(slot, Plain(slot.desc.dims()));
}

void PlanBuilder::Copy(const memory::desc& from_desc, const Slot& from, const memory::desc& to_desc,
                       const Slot& to) {
  const dnnl::reorder::primitive_desc desc(engine_, from_desc, engine_, to_desc, Attributes());
  Add<dnnl::reorder>(desc, {{DNNL_ARG_FROM, from_desc, from.buffer, false},
                            {DNNL_ARG_TO, to_desc, to.buffer, false}});
}

void PlanBuilder::Fill(const Slot& slot, std::size_t elements, float value) {
  Touch(slot.buffer);
  Plan::Step step;
  step.fill_value = value;
  step.fill_elements = elements;
  step.fill_buffer = slot.buffer;
  step.implementation = "fill";
  plan_.steps.push_back(std::move(step));
}

std::size_t PlanBuilder::AddConstant(const std::vector<float>& values, const memory::dims& dims,
                                     const memory::desc& desc) {
  constant_bytes_ += desc.get_size();
  if (constant_bytes_ > max_bytes_) over_limit_ = true;
  if (over_limit_) return 0;  // Finish refuses
  TensorBuffer buffer(desc.get_size());
  const memory::desc plain = Plain(dims);
  if (plain == desc) {
    std::memcpy(buffer.data(), values.data(), values.size() * sizeof(float));
  } else {
    dnnl::stream stream(engine_);
    // oneDNN's handles are not const; a reorder only reads its source.
    memory from(plain, engine_, const_cast<float*>(values.data()));
    memory to(desc, engine_, buffer.data());
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
  }
  plan_.constants.push_back(std::move(buffer));
  return plan_.constants.size() - 1;
}

void PlanBuilder::Touch(std::size_t buffer) {
  const std::size_t step = plan_.steps.size();
  buffers_[buffer].first = std::min(buffers_[buffer].first, step);
  buffers_[buffer].last = std::max(buffers_[buffer].last, step);
}

void PlanBuilder::AddStep(dnnl::primitive primitive, const memory::desc& scratchpad,
                          const char* implementation, std::vector<Plan::Argument> arguments) {
  for (const Plan::Argument& argument : arguments) {
    if (!argument.is_constant) Touch(argument.index);
  }
  if (scratchpad.get_size() > 0) {
    scratchpad_bytes_ = std::max(scratchpad_bytes_, scratchpad.get_size());
    arguments.push_back({DNNL_ARG_SCRATCHPAD, scratchpad, scratchpad_buffer_, false});
  }
  Plan::Step step;
  step.primitive = std::move(primitive);
  step.arguments = std::move(arguments);
  step.implementation = implementation;
  plan_.steps.push_back(std::move(step));
}

// Largest first, each at the lowest place that is free during its whole life.
void PlanBuilder::Pack() {
  std::vector<std::size_t> order(buffers_.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return std::pair(buffers_[b].bytes, a) < std::pair(buffers_[a].bytes, b);
  });
  plan_.buffer_offsets.assign(buffers_.size(), 0);
  std::vector<std::size_t> placed;  // by offset
  for (const std::size_t index : order) {
    const Buffer& buffer = buffers_[index];
    if (buffer.first > buffer.last) continue;  // never touched
    std::size_t offset = 0;
    for (const std::size_t other : placed) {
      const Buffer& taken = buffers_[other];
      if (taken.last < buffer.first || buffer.last < taken.first) continue;
      if (plan_.buffer_offsets[other] >= offset + buffer.bytes) break;
      offset = std::max(offset, plan_.buffer_offsets[other] + taken.bytes);
    }
    plan_.buffer_offsets[index] = offset;
    plan_.arena_bytes = std::max(plan_.arena_bytes, offset + buffer.bytes);
    const auto place = std::ranges::upper_bound(
        placed, offset, {}, [&](std::size_t i) { return plan_.buffer_offsets[i]; });
    placed.insert(place, index);
  }
}

Result<Plan> PlanBuilder::Finish(const Slot& input, const std::vector<Slot>& outputs) && {
  plan_.input_buffer = input.buffer;
  buffers_[input.buffer].first = 0;
  for (const Slot& output : outputs) {
    Touch(output.buffer);  // one past the last step: the caller reads it after the run
    plan_.output_buffers.push_back(output.buffer);
  }
  buffers_[scratchpad_buffer_] = {Aligned(scratchpad_bytes_), 0, plan_.steps.size()};
  if (!over_limit_) Pack();
  if (over_limit_ || plan_.arena_bytes + constant_bytes_ > max_bytes_) {
    return Fail(ErrorCode::kInvalidModel, "The model would take more than " +
                                              std::to_string(max_bytes_ >> 20U) +
                                              " MiB of memory to run.");
  }
  return std::move(plan_);
}

}  // namespace heartbeat::nn
