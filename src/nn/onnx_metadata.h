#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace heartbeat::nn {

// The same ONNX file with these metadata_props set; others stay, and the graph is untouched. The
// same bytes and properties give the same bytes. Errors: kInvalidModel where `onnx` is no ONNX
// file.
[[nodiscard]] base::Result<std::vector<std::byte>> WithMetadata(
    std::span<const std::byte> onnx, const std::map<std::string, std::string>& properties);

}  // namespace heartbeat::nn
