#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace heartbeat::nn {

// What a model takes or gives. The first dimension is the batch (any size); the others are fixed.
struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;  // without the batch: [channel, mel, frame] or [class]

  // Elements of one item of the batch.
  [[nodiscard]] std::size_t ItemSize() const;
};

// Refused beyond these, before memory is taken.
struct LoadLimits {
  std::size_t max_file_bytes = 64U << 20;
  std::size_t max_tensor_elements = 16U << 20;  // of one tensor for one item of the batch
  std::size_t max_nodes = 4096;
};

// An ONNX model (opset 13-18; operators in docs/model-format.md) compiled for oneDNN. Has one float
// input and one or more float outputs, each with a leading batch dimension.
class Session {
 public:
  // Errors: kInvalidModel, with a message that names the operator or tensor: corrupt, truncated,
  // an unsupported operator, attribute, opset or type, a shape that does not fit or is too large, a
  // non-finite weight. LoadFile adds those of base::ReadFile.
  [[nodiscard]] static base::Result<Session> Load(std::span<const std::byte> onnx,
                                                  const LoadLimits& limits = {});
  [[nodiscard]] static base::Result<Session> LoadFile(const std::filesystem::path& path,
                                                      const LoadLimits& limits = {});
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  [[nodiscard]] const TensorInfo& input() const;
  [[nodiscard]] const std::vector<TensorInfo>& outputs() const;
  // The model's metadata_props.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const;
  // Multiply-accumulates of convolutions and matrix products for one item of the batch.
  [[nodiscard]] std::size_t MultiplyAccumulates() const;
  // Elements of all constant float tensors that take part in the computation, each counted once.
  [[nodiscard]] std::size_t ParameterCount() const;

  // Runs `batch` >= 1 items on the calling thread alone. `input`: [batch, ...input().shape],
  // contiguous; outputs[i]: [batch, ...outputs()[i].shape], filled. Items are run one after the
  // other, which measures faster than together: an item's result does not depend on its batch, to
  // the bit. Thread-safe; takes no tensor memory after the first calls with as many threads at a
  // time. Errors: kInvalidArgument (sizes that do not fit), kInternal.
  [[nodiscard]] base::Result<void> Run(std::size_t batch, std::span<const float> input,
                                       std::span<const std::span<float>> outputs) const;

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace heartbeat::nn
