#include "cli/commands.h"
#include "cli/history_commands.h"

namespace heartbeat::cli {

void AddHistory(CLI::App& app, Action& action) {
  CLI::App* verb =
      app.add_subcommand("history", "List, show, export, delete and check what the server kept");
  verb->require_subcommand(1);
  verb->footer(
      "They work on the data folder of heartbeat serve, also while it runs.\n"
      "\n"
      "Example: heartbeat history list --verdict abnormal --label none\n"
      "         heartbeat history export dataset --label any\n"
      "         heartbeat history list --help");
  AddHistoryList(*verb, action);
  AddHistoryShow(*verb, action);
  AddHistoryExport(*verb, action);
  AddHistoryDelete(*verb, action);
  AddHistoryVerify(*verb, action);
}

}  // namespace heartbeat::cli
