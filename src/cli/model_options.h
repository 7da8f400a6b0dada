#pragma once

#include <CLI/CLI.hpp>
#include <optional>

#include "analysis/calibration.h"

namespace heartbeat::cli {

// How a calibrated model is asked, as options of a verb: --operating-point and --prevalence.
// What they are written to must outlive the parsing.
void AddOperatingPoint(CLI::App& verb, std::optional<analysis::OperatingPoint>& point);
void AddPrevalence(CLI::App& verb, std::optional<double>& prevalence);

}  // namespace heartbeat::cli
