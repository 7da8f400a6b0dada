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
void AddServe(CLI::App& app, Action& action);
void AddModel(CLI::App& app, Action& action);
void AddRoutes(CLI::App& app, Action& action);
void AddHistory(CLI::App& app, Action& action);
void AddKeys(CLI::App& app, Action& action);
void AddBackup(CLI::App& app, Action& action);
void AddRestore(CLI::App& app, Action& action);

}  // namespace heartbeat::cli
