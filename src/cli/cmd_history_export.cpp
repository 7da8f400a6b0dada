#include <limits>
#include <memory>
#include <string>

#include "base/progress.h"
#include "cli/console.h"
#include "cli/history_commands.h"
#include "cli/history_export.h"
#include "cli/history_options.h"
#include "cli/history_pages.h"
#include "cli/options.h"

namespace heartbeat::cli {
namespace {

struct ExportOptions {
  std::string folder;
  std::string data_dir;
  store::Filter filter;
  bool quiet = false;
};

int Export(const ExportOptions& options) {
  const auto history = OpenHistory(options.data_dir);
  if (!history) return Report(history.error());
  const auto counts = (*history)->Count();
  if (!counts) return Report(counts.error());
  const auto total = static_cast<std::size_t>(counts->predictions);
  base::Result<ExportReport> report;
  {
    // How many a filter lets through shows only when all are there.
    base::Progress progress(
        total, base::Progress::ForStandardError(options.quiet || !IsEmpty(options.filter)));
    report = ExportHistory(**history, options.filter, options.folder, [&](std::int64_t done) {
      progress.Set(static_cast<std::size_t>(done));
    });
  }
  if (!report) return Report(report.error());
  for (const auto& failure : report->failures) Say(failure.prediction_id + ": " + failure.why);
  if (!options.quiet) {
    const auto labelled = report->normal + report->abnormal;
    Say(std::to_string(report->predictions) + " predictions of " +
        std::to_string(report->recordings) + " recordings exported to " + options.folder + ": " +
        std::to_string(report->normal) + " labelled normal, " + std::to_string(report->abnormal) +
        " abnormal, " + std::to_string(report->recordings - labelled) + " neither");
  }
  return report->failures.empty() ? 0 : 1;
}

}  // namespace

void AddHistoryExport(CLI::App& history, Action& action) {
  CLI::App* verb = history.add_subcommand(
      "export", "Write recordings into a folder that evaluate and train can read");
  auto options = std::make_shared<ExportOptions>();
  verb->add_option("DIR", options->folder, "A folder that is empty or not there yet")->required();
  AddDataDir(*verb, options->data_dir);
  AddFilters(*verb, options->filter);
  verb->add_flag("--quiet", options->quiet, "No progress and no summary on standard error");
  verb->footer(
      std::string(kFilterHelp) +
      "DIR gets each recording once, as it came and named by its newest prediction;\n"
      "manifest.csv with the clinicians' newest label of each (none where they were unsure),\n"
      "patient reference and location; and predictions.csv, as GET /predictions.csv has it.\n"
      "The folder holds patients' data: it is for its owner alone.\n"
      "A recording that is missing or damaged is named, and the exit code is then 1.\n"
      "\n"
      "Example: heartbeat history export dataset --label any\n"
      "         heartbeat evaluate models/heartbeat.onnx dataset");
  NameEnvironment(*verb);
  verb->callback([=, &action] { action = [options] { return Export(*options); }; });
}

}  // namespace heartbeat::cli
