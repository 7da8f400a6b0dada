#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"

namespace heartbeat::cli {

// Where a model is looked for when none is named, in this order:
//   <folder of the program>/../share/heartbeat/models/heartbeat.onnx   installed
//   <source tree it was built from>/models/heartbeat.onnx              while developing
[[nodiscard]] std::vector<std::filesystem::path> DefaultModelPlaces(
    const std::filesystem::path& program_folder);

// The first of the places that holds a file. Errors: kNoModel, naming them all.
[[nodiscard]] base::Result<std::filesystem::path> FindModel(
    const std::vector<std::filesystem::path>& places);

// `named` itself where it is not empty, else the default model of the running program. Errors:
// those of FindModel and base::ExecutablePath.
[[nodiscard]] base::Result<std::filesystem::path> ModelPath(const std::filesystem::path& named);

}  // namespace heartbeat::cli
