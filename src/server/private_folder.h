#pragma once

#include <filesystem>

#include "base/result.h"

namespace heartbeat::server {

// Makes the folder that `file` stands in where it is missing, for its owner alone (0700). Errors:
// kIo.
[[nodiscard]] base::Result<void> MakeFolderOf(const std::filesystem::path& file);

}  // namespace heartbeat::server
