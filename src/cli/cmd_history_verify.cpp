#include <cstdint>
#include <memory>
#include <string>

#include "cli/console.h"
#include "cli/history_commands.h"
#include "cli/history_options.h"
#include "cli/history_pages.h"
#include "cli/options.h"

namespace heartbeat::cli {
namespace {

struct VerifyOptions {
  std::string data_dir;
  bool quick = false;
  bool repair = false;
};

std::string ToText(const store::Finding& finding) {
  switch (finding.damage) {
    case store::Damage::kMissingRecording:
      return "missing recording   " + finding.what;
    case store::Damage::kAlteredRecording:
      return "altered recording   " + finding.what;
    case store::Damage::kOrphanedRecording:
      return "orphaned recording  " + finding.what;
    case store::Damage::kOrphanedRow:
      return "orphaned row        " + finding.what;
    case store::Damage::kDatabase:
      break;
  }
  return "damaged database    " + finding.what;
}

int Verify(const VerifyOptions& options) {
  const auto history = OpenHistory(options.data_dir);
  if (!history) return Report(history.error());
  if (options.repair) {
    const auto removed = (*history)->RemoveOrphans();
    if (!removed) return Report(removed.error());
    Say(std::to_string(*removed) + " orphaned recordings removed");
  }
  store::VerifyOptions how;
  how.read_recordings = !options.quick;
  const auto report = (*history)->Verify(how);
  if (!report) return Report(report.error());
  std::string lines;
  bool orphans = false;
  for (const auto& finding : report->findings) {
    lines += ToText(finding) + "\n";
    orphans = orphans || finding.damage == store::Damage::kOrphanedRecording;
  }
  const auto written = WriteResult(lines);
  if (!written) return Report(written.error());
  const auto more = report->findings_total - static_cast<std::int64_t>(report->findings.size());
  if (more > 0) Say("and " + std::to_string(more) + " more");
  Say(std::to_string(report->predictions) + " predictions and " +
      std::to_string(report->recordings) + " recordings checked: " +
      (report->findings_total == 0 ? "no damage"
                                   : std::to_string(report->findings_total) + " found"));
  if (orphans) {
    Say("an orphaned recording belongs to no prediction, as a crash may leave one; --repair "
        "removes "
        "it");
  }
  return report->findings_total == 0 ? 0 : 1;
}

}  // namespace

void AddHistoryVerify(CLI::App& history, Action& action) {
  CLI::App* verb = history.add_subcommand("verify", "Check the database and read every recording");
  auto options = std::make_shared<VerifyOptions>();
  AddDataDir(*verb, options->data_dir);
  verb->add_flag("--quick", options->quick,
                 "Only look whether each recording is there and has its size")
      ->configurable(false);
  verb->add_flag("--repair", options->repair,
                 "First remove recordings that belong to no prediction")
      ->configurable(false);
  verb->footer(
      "Writes a line for each thing that is damaged: what is wrong, and the recording's SHA-256,\n"
      "by which heartbeat history list --jsonl finds its predictions. What is missing or altered\n"
      "can only come from a backup. The exit code is 1 where anything was found.\n"
      "\n"
      "Example: heartbeat history verify --data-dir /var/lib/heartbeat");
  NameEnvironment(*verb);
  verb->callback([=, &action] { action = [options] { return Verify(*options); }; });
}

}  // namespace heartbeat::cli
