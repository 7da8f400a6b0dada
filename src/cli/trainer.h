#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace heartbeat::cli {

// Finds heartbeat-train, which carries libtorch and is therefore a program of its own: beside
// `program_folder`'s heartbeat, in ../training/ and ../libexec/heartbeat/ from there, then in the
// folders of `search_path` (the value of PATH). Errors: kNotFound, with how to get it.
[[nodiscard]] base::Result<std::filesystem::path> FindTrainer(
    const std::filesystem::path& program_folder, std::string_view search_path);

// FindTrainer for this very program and the PATH of the environment. Errors: those of FindTrainer.
[[nodiscard]] base::Result<std::filesystem::path> FindTrainer();

// Becomes heartbeat-train with `arguments`, untouched: the terminal, its signals and the exit code
// are then its own. Returns only where that failed. Errors: those of FindTrainer; kIo where it
// cannot be started.
[[nodiscard]] base::Error BecomeTrainer(std::span<char* const> arguments);

}  // namespace heartbeat::cli
