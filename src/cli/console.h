#pragma once

#include <string_view>

#include "base/result.h"

namespace heartbeat::cli {

// Results: to standard output, at once. Errors: kIo, such as a full disk.
[[nodiscard]] base::Result<void> WriteResult(std::string_view text);

// Everything else: "heartbeat: message" on standard error, fit for a terminal.
void Say(std::string_view message);

// Says the error's message; gives the exit code that goes with it.
[[nodiscard]] int Report(const base::Error& error);

}  // namespace heartbeat::cli
