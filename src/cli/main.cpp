// The program heartbeat: one verb each in cmd_<verb>.cpp.

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/config_file.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/self_description.h"
#include "cli/settings.h"
#include "cli/trainer.h"

namespace heartbeat::cli {
namespace {

constexpr int kWrongUsage = 2;

void AddOptionsOfAllVerbs(CLI::App& app) {
  app.set_version_flag("--version", "heartbeat " HEARTBEAT_VERSION);
  // CLI11 reads the environment after the configuration file, so this variable is ours to read. A
  // file that the user named there must exist, like one on the command line.
  const char* named = std::getenv("HEARTBEAT_CONFIG");
  const bool is_named = named != nullptr && *named != '\0';
  app.config_formatter(std::make_shared<TomlConfig>(app));
  app.set_config("--config", is_named ? named : "",
                 "TOML file with options: those at the top for every verb, those of [predict] for "
                 "predict (HEARTBEAT_CONFIG)",
                 is_named)
      ->type_name("FILE");
}

// "predict, features or serve": the verbs that stand right below `app`.
std::string VerbsOf(const CLI::App& app) {
  const auto verbs = app.get_subcommands({});
  std::string names;
  for (std::size_t i = 0; i < verbs.size(); ++i) {
    names += i == 0 ? "" : i + 1 < verbs.size() ? ", " : " or ";
    names += verbs[i]->get_name();
  }
  return names;
}

void SayWhatIsWrong(const CLI::App& app, const std::string& message) {
  const CLI::App* chosen = &app;
  std::string command = "heartbeat ";
  while (!chosen->get_subcommands().empty()) {
    chosen = chosen->get_subcommands().front();
    command += chosen->get_name() + " ";
  }
  const bool lacks_verb = !chosen->get_subcommands({}).empty();
  const auto others = app.remaining(true);
  if (lacks_verb && others.empty()) {
    Say("say what to do: " + VerbsOf(*chosen));
  } else if (lacks_verb) {
    Say("there is no verb \"" + others.front() + "\"");
  } else {
    Say(message);
  }
  const std::string note = EnvironmentNote(app, message);
  if (!note.empty()) Say(note);
  Say("see " + command + "--help");
}

// Every verb; serve as it is, or as AddServeCheck has it.
void Build(CLI::App& app, Action& action, bool only_checks) {
  app.name("heartbeat");
  app.require_subcommand(1);
  app.fallthrough();
  app.formatter(std::make_shared<HelpFormatter>());
  AddOptionsOfAllVerbs(app);
  app.footer(
      "Each option can also stand in the environment (--max-queue: HEARTBEAT_MAX_QUEUE) and in\n"
      "the file of --config; the command line goes first, then the environment, then the file.\n"
      "Exit codes: 0 all done, 1 something failed and was named, 2 wrong usage.\n"
      "\n"
      "Examples: heartbeat predict a0001.wav\n"
      "          heartbeat predict --help");
  AddPredict(app, action);
  AddQuality(app, action);
  AddFeatures(app, action);
  AddEvaluate(app, action);
  AddCalibrate(app, action);
  AddTrain(app, action);
  (only_checks ? AddServeCheck : AddServe)(app, action);
  AddHistory(app, action);
  AddBackup(app, action);
  AddRestore(app, action);
  AddModel(app, action);
  AddKeys(app, action);
  AddRoutes(app, action);
  AddConfig(app, action);
  AddCompletion(app, action);
  AddMan(app, action);
}

// `heartbeat config ...` is read as `heartbeat serve ...`, but for its own --json, so that it shows
// what serve would run with.
struct ConfigCall {
  bool is_one = false;
  bool as_json = false;
};

ConfigCall TakeConfigCall(std::vector<std::string>& words) {
  ConfigCall call;
  if (words.empty() || words.front() != "config") return call;
  const auto asks_help = [](const std::string& word) { return word == "-h" || word == "--help"; };
  if (std::ranges::any_of(words, asks_help)) return call;
  call.is_one = true;
  call.as_json = std::erase(words, "--json") > 0;
  words.front() = "serve";
  return call;
}

int Run(std::span<char*> arguments) {
  if (arguments.size() > 1 && std::string_view(arguments[1]) == "train") {
    return Report(BecomeTrainer(arguments.subspan(2)));
  }
  std::vector<std::string> words;
  if (!arguments.empty()) words.assign(arguments.begin() + 1, arguments.end());
  const ConfigCall config = TakeConfigCall(words);
  CLI::App app(
      "HeartBeat AI: says whether a heart-sound recording sounds normal or abnormal.\n"
      "Decision support, not a diagnosis.");
  Action action;
  Build(app, action, config.is_one);
  try {
    std::ranges::reverse(words);  // as CLI11 takes them
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
    SayWhatIsWrong(app, error.what());
    return kWrongUsage;
  }
  const CLI::App& serve = *app.get_subcommand("serve");
  if (serve.parsed()) {
    if (const auto unknown = UnknownVariable(app, ::environ)) {
      Say(*unknown + " is set in the environment, and heartbeat has no such option");
      Say("see heartbeat serve --help");
      return kWrongUsage;
    }
    if (config.is_one) return ShowConfig(serve, config.as_json, action);
  }
  return action();
}

}  // namespace
}  // namespace heartbeat::cli

int main(int argc, char** argv) {
  try {
    return heartbeat::cli::Run(std::span(argv, static_cast<std::size_t>(argc)));
  } catch (const std::exception& failure) {
    heartbeat::cli::Say(std::string("gave up: ") + failure.what());
    return 1;
  }
}
