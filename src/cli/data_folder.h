#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace heartbeat::cli {

// Where the history is kept when no folder is named, as the XDG Base Directory Specification has
// it: <data_home>/heartbeat where that is an absolute path, else <home>/.local/share/heartbeat.
// `data_home`, `home`: $XDG_DATA_HOME and $HOME, "" where they are not set. Errors:
// kInvalidArgument where both are missing.
[[nodiscard]] base::Result<std::filesystem::path> DefaultDataFolder(std::string_view data_home,
                                                                    std::string_view home);

// `named` itself where it is not empty, else the default of this program's environment. Errors:
// those of DefaultDataFolder.
[[nodiscard]] base::Result<std::filesystem::path> DataFolder(const std::filesystem::path& named);

}  // namespace heartbeat::cli
