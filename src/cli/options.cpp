#include "cli/options.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace heartbeat::cli {

void NameEnvironment(CLI::App& verb) {
  for (CLI::Option* option : verb.get_options()) {
    if (option->get_lnames().empty() || !option->get_configurable()) continue;
    std::string name = "HEARTBEAT_" + option->get_lnames().front();
    for (char& c : name) {
      c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    option->envname(name);
  }
}

const CLI::Option* OneOf(const CLI::App& verb, const std::vector<const CLI::Option*>& flags) {
  std::vector<const CLI::Option*> on;
  std::vector<const CLI::Option*> on_command_line;
  for (const CLI::Option* flag : flags) {
    if (flag->count() == 0 || !flag->as<bool>()) continue;
    on.push_back(flag);
    // CLI11 notes the order of what stands on the command line, and of nothing else.
    if (std::ranges::find(verb.parse_order(), flag) != verb.parse_order().end()) {
      on_command_line.push_back(flag);
    }
  }
  const auto& that_count = on_command_line.empty() ? on : on_command_line;
  if (that_count.size() > 1) {
    throw CLI::ValidationError(that_count[0]->get_name() + " and " + that_count[1]->get_name() +
                               " exclude each other: give one of them");
  }
  return that_count.empty() ? nullptr : that_count.front();
}

}  // namespace heartbeat::cli
