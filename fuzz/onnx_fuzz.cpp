// Any bytes at all: Load must not crash, hang or take much memory, refuses with a sentence, and
// what it accepts must run.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "nn/onnx_builder.h"
#include "nn/onnx_weights.h"
#include "nn/session.h"

namespace {

namespace nn = heartbeat::nn;

void Require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

// No mutation of nothing comes upon an ONNX file: this is where each fresh input starts.
std::vector<std::byte> MakeSeed() {
  using Ints = std::vector<std::int64_t>;
  nn::OnnxBuilder model("seed", 17);
  model.AddInput("x", Ints{2, 6, 7});
  model.AddOutput("y", Ints{2});
  model.AddInitializer("w", Ints{4, 2, 3, 3}, std::vector<float>(72, 0.1F));
  model.AddInitializer("c", Ints{4}, std::vector<float>(4, 1.F));
  model.AddInitializer("d", Ints{4, 2}, std::vector<float>(8, 0.1F));
  model.AddInitializer("s", Ints{2}, Ints{0, -1});
  model.AddNode("Conv", {"x", "w", "c"}, {"a"},
                {{"pads", Ints{1, 1, 1, 1}}, {"strides", Ints{2, 2}}});
  model.AddNode("BatchNormalization", {"a", "c", "c", "c", "c"}, {"b"});
  model.AddNode("Sigmoid", {"b"}, {"e"});
  model.AddNode("Mul", {"b", "e"}, {"f"});
  model.AddNode("MaxPool", {"f"}, {"g"}, {{"kernel_shape", Ints{2, 2}}});
  model.AddNode("Add", {"g", "g"}, {"h"});
  model.AddNode("ReduceMean", {"h"}, {"i"}, {{"axes", Ints{2, 3}}});
  model.AddNode("Reshape", {"i", "s"}, {"j"});
  model.AddNode("Gemm", {"j", "d"}, {"y"});
  model.SetMetadata("name", "seed");
  return model.Serialize();
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned) {
  static const std::vector<std::byte> kSeed = MakeSeed();
  if (size < 16) {
    size = std::min(kSeed.size(), max_size);
    std::memcpy(data, kSeed.data(), size);
  }
  return LLVMFuzzerMutate(data, size, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nn::LoadLimits limits;
  limits.max_file_bytes = 1U << 20U;
  limits.max_tensor_elements = 1U << 16U;
  limits.max_nodes = 64;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto weights = nn::ReadOnnxWeights(bytes, limits);
  Require(weights || weights.error().code == heartbeat::base::ErrorCode::kInvalidModel);
  const auto session = nn::Session::Load(bytes, limits);
  if (!session) {
    Require(session.error().code == heartbeat::base::ErrorCode::kInvalidModel);
    Require(!session.error().message.empty());
    return 0;
  }
  Require(weights.has_value());
  Require(session->input().ItemSize() <= limits.max_tensor_elements);
  constexpr std::size_t kBatch = 2;
  std::vector<std::vector<float>> values;
  for (const auto& info : session->outputs()) {
    Require(info.ItemSize() <= limits.max_tensor_elements);
    values.emplace_back(kBatch * info.ItemSize());
  }
  const std::vector<std::span<float>> outputs(values.begin(), values.end());
  const std::vector<float> input(kBatch * session->input().ItemSize(), 0.5F);
  Require(session->Run(kBatch, input, outputs).has_value());
  return 0;
}
