#include "nn/session.h"

#include <new>
#include <string>
#include <utility>

#include "base/file.h"
#include "nn/compile.h"
#include "nn/executor.h"
#include "nn/fuse.h"
#include "nn/onnx_reader.h"

namespace heartbeat::nn {

using base::ErrorCode;
using base::Fail;
using base::Result;

namespace {

// One arena and the weights, in bytes for each element of the largest tensor allowed: 1 GiB with
// the default limits.
constexpr std::size_t kPlanBytesPerElement = 64;

}  // namespace

std::size_t TensorInfo::ItemSize() const { return ItemElements(shape); }

struct Session::Impl {
  TensorInfo input;
  std::vector<TensorInfo> outputs;
  std::map<std::string, std::string> metadata;
  std::size_t multiply_accumulates = 0;
  std::size_t parameter_count = 0;
  std::unique_ptr<Executor> executor;
};

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::Load(std::span<const std::byte> onnx, const LoadLimits& limits) {
  try {
    auto graph = ReadOnnx(onnx, limits);
    if (!graph) return Fail(graph);
    auto impl = std::make_unique<Impl>();
    impl->input = {graph->values[graph->input].name, graph->ShapeOf(graph->input)};
    for (std::size_t i = 0; i < graph->outputs.size(); ++i) {
      impl->outputs.push_back({graph->output_names[i], graph->ShapeOf(graph->outputs[i])});
    }
    impl->metadata = std::move(graph->metadata);
    impl->multiply_accumulates = graph->multiply_accumulates;
    impl->parameter_count = graph->parameter_count;
    Fuse(*graph);
    auto plan = Compile(*graph, limits.max_tensor_elements * kPlanBytesPerElement);
    if (!plan) return Fail(plan);
    impl->executor = std::make_unique<Executor>(std::move(*plan));
    return Session(std::move(impl));
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kInvalidModel, "The model takes more memory than there is.");
  }
}

Result<Session> Session::LoadFile(const std::filesystem::path& path, const LoadLimits& limits) {
  const auto bytes = base::ReadFile(path, limits.max_file_bytes);
  if (!bytes) return Fail(bytes);
  return Load(*bytes, limits);
}

const TensorInfo& Session::input() const { return impl_->input; }
const std::vector<TensorInfo>& Session::outputs() const { return impl_->outputs; }
const std::map<std::string, std::string>& Session::metadata() const { return impl_->metadata; }
std::size_t Session::MultiplyAccumulates() const { return impl_->multiply_accumulates; }
std::size_t Session::ParameterCount() const { return impl_->parameter_count; }

Result<void> Session::Run(std::size_t batch, std::span<const float> input,
                          std::span<const std::span<float>> outputs) const {
  const std::size_t in = impl_->input.ItemSize();
  if (batch == 0 || input.size() % in != 0 || input.size() / in != batch) {
    return Fail(ErrorCode::kInvalidArgument, "The model's input takes " + std::to_string(in) +
                                                 " numbers an item; " +
                                                 std::to_string(input.size()) + " were given for " +
                                                 std::to_string(batch) + " items.");
  }
  if (outputs.size() != impl_->outputs.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                "The model has " + std::to_string(impl_->outputs.size()) + " outputs; room for " +
                    std::to_string(outputs.size()) + " was given.");
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::size_t size = impl_->outputs[i].ItemSize();
    if (outputs[i].size() % size != 0 || outputs[i].size() / size != batch) {
      return Fail(ErrorCode::kInvalidArgument,
                  "The model's output \"" + impl_->outputs[i].name + "\" gives " +
                      std::to_string(size) + " numbers an item; room for " +
                      std::to_string(outputs[i].size()) + " was given for " +
                      std::to_string(batch) + " items.");
    }
  }
  std::vector<std::span<float>> item_outputs(outputs.size());
  for (std::size_t item = 0; item < batch; ++item) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::size_t size = impl_->outputs[i].ItemSize();
      item_outputs[i] = outputs[i].subspan(item * size, size);
    }
    if (auto ran = impl_->executor->Run(input.subspan(item * in, in), item_outputs); !ran) {
      return ran;
    }
  }
  return {};
}

}  // namespace heartbeat::nn
