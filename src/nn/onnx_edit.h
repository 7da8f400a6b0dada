#pragma once

#include <onnx/onnx_pb.h>

#include <cstring>
#include <functional>
#include <span>
#include <vector>

namespace heartbeat::nn {

// For tests: an ONNX file with a change that OnnxBuilder cannot make.
[[nodiscard]] inline std::vector<std::byte> Edited(
    std::span<const std::byte> onnx, const std::function<void(onnx::ModelProto&)>& edit) {
  onnx::ModelProto model;
  model.ParseFromArray(onnx.data(), static_cast<int>(onnx.size()));
  edit(model);
  const std::string text = model.SerializeAsString();
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

}  // namespace heartbeat::nn
