#include "cli/model_options.h"

#include <string>

namespace heartbeat::cli {

void AddOperatingPoint(CLI::App& verb, std::optional<analysis::OperatingPoint>& point) {
  verb.add_option_function<std::string>(
          "--operating-point",
          [&point](const std::string& name) {
            const auto parsed = analysis::ParseOperatingPoint(name);
            if (!parsed) throw CLI::ValidationError("--operating-point", parsed.error().message);
            point = *parsed;
          },
          "Of a calibrated model: screening misses little, specific alarms little, balanced "
          "(default) does both equally well")
      ->type_name("NAME");
}

void AddPrevalence(CLI::App& verb, std::optional<double>& prevalence) {
  verb.add_option("--prevalence", prevalence,
                  "Of a calibrated model: the share of abnormal recordings where it is used, which "
                  "its probabilities are stated at; no class changes (default: the model's own)")
      ->check(CLI::Range(analysis::kLowestPrevalence, analysis::kHighestPrevalence).description(""))
      ->type_name("P");
}

}  // namespace heartbeat::cli
