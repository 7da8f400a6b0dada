#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace heartbeat::cli {

// Scripts that complete the verbs of `app`, their options and file names: for bash to source, and
// for zsh to find as _heartbeat on its fpath.
[[nodiscard]] std::string BashCompletion(const CLI::App& app);
[[nodiscard]] std::string ZshCompletion(const CLI::App& app);

}  // namespace heartbeat::cli
