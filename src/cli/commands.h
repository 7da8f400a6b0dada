#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace heartbeat::cli {

// What the program does after its arguments are understood; gives the exit code.
using Action = std::function<int()>;

// Each adds a verb to `app`. Parsing sets `action` to the work of the verb that was chosen; both
// outlive the parsing.
void AddPredict(CLI::App& app, Action& action);
void AddQuality(CLI::App& app, Action& action);
void AddFeatures(CLI::App& app, Action& action);
void AddEvaluate(CLI::App& app, Action& action);
void AddCalibrate(CLI::App& app, Action& action);
void AddTrain(CLI::App& app, Action& action);
// `check`: what serve finds wrong with its settings before it listens.
void AddServe(CLI::App& app, Action& action, Action& check);
void AddModel(CLI::App& app, Action& action);
void AddRoutes(CLI::App& app, Action& action);
void AddHistory(CLI::App& app, Action& action);
void AddBackup(CLI::App& app, Action& action);
void AddRestore(CLI::App& app, Action& action);
// Those that tell of the program itself read `app`, which outlives the action.
void AddConfig(CLI::App& app, Action& action);
void AddCompletion(CLI::App& app, Action& action);
void AddMan(CLI::App& app, Action& action);

// What `heartbeat config` does once `heartbeat serve` with the same options was parsed: shows what
// `serve` was given, then runs `check`.
[[nodiscard]] int ShowConfig(const CLI::App& serve, bool as_json, const Action& check);

}  // namespace heartbeat::cli
