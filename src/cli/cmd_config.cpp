#include "cli/console.h"
#include "cli/self_description.h"
#include "cli/settings.h"

namespace heartbeat::cli {

int ShowConfig(const CLI::App& serve, bool as_json, const Action& check) {
  const auto settings = Settings(serve);
  const auto written = WriteResult(as_json ? ToJson(settings) : ToTable(settings));
  return written ? check() : Report(written.error());
}

void AddConfig(CLI::App& app, Action& action) {
  // main reads `heartbeat config ...` as `heartbeat serve ...` before this parser sees it: the verb
  // stands here for the help, and for options that were put before it.
  CLI::App* verb = app.add_subcommand(
      "config", "Show every setting that serve would run with, and where it comes from");
  verb->prefix_command();
  verb->add_flag_callback("--json", [] {}, "Write JSON, not a table");
  verb->footer(
      "Takes the options of serve, reads the environment and the file of --config as serve does,\n"
      "and refuses what serve would refuse: unknown names, values out of range, options that\n"
      "exclude each other. Starts nothing.\n"
      "\n"
      "Example: heartbeat config --config /etc/heartbeat/heartbeat.toml\n"
      "         heartbeat config --json --port 9000");
  verb->callback([&action] {
    action = [] {
      return Report({base::ErrorCode::kInvalidArgument,
                     "config must come first, the options of serve after it: heartbeat config "
                     "--config FILE"});
    };
  });
}

}  // namespace heartbeat::cli
