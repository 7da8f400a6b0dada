#pragma once

#include <string_view>

namespace heartbeat::base {

// Logging goes to standard error through spdlog's default logger. Never log a recording, a file
// name that a client gave, a patient reference or a key.

// `level`: trace, debug, info, warn, error or off. Any other is "info".
void InitLogging(std::string_view level);

void LogInfo(std::string_view message);
void LogWarning(std::string_view message);
void LogError(std::string_view message);

}  // namespace heartbeat::base
