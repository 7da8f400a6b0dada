#pragma once

#include <CLI/CLI.hpp>
#include <vector>

namespace heartbeat::cli {

// Gives each option of `verb` its environment variable: --max-queue is HEARTBEAT_MAX_QUEUE.
void NameEnvironment(CLI::App& verb);

// The one of `flags` that is on, or nullptr where none is: the command line goes before the
// environment and the configuration file. Throws CLI::ValidationError where two are.
[[nodiscard]] const CLI::Option* OneOf(const CLI::App& verb,
                                       const std::vector<const CLI::Option*>& flags);

}  // namespace heartbeat::cli
