#pragma once

#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace heartbeat::cli {

// Verbs that tell of the program itself. Each reads `app`, which outlives the action.
void AddConfig(CLI::App& app, Action& action);
void AddCompletion(CLI::App& app, Action& action);
void AddMan(CLI::App& app, Action& action);

// The verb serve with its options, for `heartbeat config`: the action says what serve would refuse
// in its settings, and opens nothing.
void AddServeCheck(CLI::App& app, Action& action);

// What `heartbeat config` does once the options of serve were parsed: shows them, then runs
// `check`.
[[nodiscard]] int ShowConfig(const CLI::App& serve, bool as_json, const Action& check);

}  // namespace heartbeat::cli
