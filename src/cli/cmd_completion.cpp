#include <memory>
#include <string>

#include "cli/completion.h"
#include "cli/console.h"
#include "cli/self_description.h"

namespace heartbeat::cli {

void AddCompletion(CLI::App& app, Action& action) {
  CLI::App* verb =
      app.add_subcommand("completion", "Write a script that completes heartbeat's command line");
  auto shell = std::make_shared<std::string>();
  verb->add_option("SHELL", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}).description(""));
  verb->footer(
      "The Debian package brings both scripts along.\n"
      "\n"
      "Example: source <(heartbeat completion bash)\n"
      "         heartbeat completion zsh > ~/.zfunc/_heartbeat");
  verb->callback([=, &app, &action] {
    action = [=, &app] {
      const auto written = WriteResult(*shell == "zsh" ? ZshCompletion(app) : BashCompletion(app));
      return written ? 0 : Report(written.error());
    };
  });
}

}  // namespace heartbeat::cli
