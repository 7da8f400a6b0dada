#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace heartbeat::nn {

// Writes ONNX models: for the training room's export and for tests. Keeps protobuf out of headers.
class OnnxBuilder {
 public:
  using Attribute =
      std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>>;

  explicit OnnxBuilder(std::string graph_name, int opset = 17);
  OnnxBuilder(OnnxBuilder&&) noexcept;
  OnnxBuilder& operator=(OnnxBuilder&&) noexcept;
  ~OnnxBuilder();

  // Float tensors; `shape` without the batch, whose dimension is the symbol "batch".
  void AddInput(const std::string& name, std::span<const std::int64_t> shape);
  void AddOutput(const std::string& name, std::span<const std::int64_t> shape);
  void AddInitializer(const std::string& name, std::span<const std::int64_t> shape,
                      std::span<const float> values);
  void AddInitializer(const std::string& name, std::span<const std::int64_t> shape,
                      std::span<const std::int64_t> values);
  void AddNode(const std::string& op_type, const std::vector<std::string>& inputs,
               const std::vector<std::string>& outputs,
               const std::map<std::string, Attribute>& attributes = {});
  void SetMetadata(const std::string& key, const std::string& value);

  // The file's bytes; the same calls give the same bytes.
  [[nodiscard]] std::vector<std::byte> Serialize() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heartbeat::nn
