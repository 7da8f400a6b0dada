#pragma once

#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace heartbeat::cli {

// Each adds a verb below `heartbeat history`, as commands.h has it.
void AddHistoryList(CLI::App& history, Action& action);
void AddHistoryShow(CLI::App& history, Action& action);
void AddHistoryExport(CLI::App& history, Action& action);
void AddHistoryDelete(CLI::App& history, Action& action);
void AddHistoryVerify(CLI::App& history, Action& action);

}  // namespace heartbeat::cli
