#include "nn/onnx_metadata.h"

#include <onnx/onnx_pb.h>

#include <cstring>

#include "nn/onnx_file.h"

namespace heartbeat::nn {

base::Result<std::vector<std::byte>> WithMetadata(
    std::span<const std::byte> onnx, const std::map<std::string, std::string>& properties) {
  auto model = ParseOnnx(onnx, LoadLimits());
  if (!model) return base::Fail(model);
  auto missing = properties;
  for (auto& property : *model->mutable_metadata_props()) {
    const auto found = properties.find(property.key());
    if (found == properties.end()) continue;
    property.set_value(found->second);
    missing.erase(found->first);
  }
  for (const auto& [key, value] : missing) {
    auto& property = *model->add_metadata_props();
    property.set_key(key);
    property.set_value(value);
  }
  const std::string text = model->SerializeAsString();
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

}  // namespace heartbeat::nn
