#include "cli/commands.h"
#include "cli/console.h"

namespace heartbeat::cli {

void AddTrain(CLI::App& app, Action& action) {
  // main hands `heartbeat train ...` to heartbeat-train before this parser sees it: the verb stands
  // here for the help, and for options that were put before it.
  CLI::App* verb = app.add_subcommand(
      "train", "Train a model (starts heartbeat-train; `heartbeat train --help` tells more)");
  verb->prefix_command();
  verb->set_help_flag();
  verb->callback([&action] {
    action = [] {
      return Report({base::ErrorCode::kInvalidArgument,
                     "train must come first, its options after it: heartbeat train --config FILE"});
    };
  });
}

}  // namespace heartbeat::cli
