#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "store/query.h"

namespace heartbeat::cli {

// --data-dir, as `heartbeat serve` has it. `data_dir` must outlive the parsing.
void AddDataDir(CLI::App& verb, std::string& data_dir);

// --class, --verdict, --label, --from, --until, --name and --patient-ref, as those of GET
// /predictions; on the command line alone, so that no forgotten variable narrows what is shown or
// widens what is deleted. `filter` must outlive the parsing.
void AddFilters(CLI::App& verb, store::Filter& filter);

// Whether it lets everything through.
[[nodiscard]] bool IsEmpty(const store::Filter& filter);

// What goes below `heartbeat history VERB --help` where AddFilters was used.
inline constexpr const char* kFilterHelp =
    "TIME is such as 2026-01-31T12:00:00Z, or 2026-01-31 for the first moment of that day in "
    "UTC.\nFilters are taken from the command line alone.\n";

}  // namespace heartbeat::cli
