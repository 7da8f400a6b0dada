#include "cli/options.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>

namespace heartbeat::cli {
namespace {

bool IsFlag(const CLI::Option& option) { return option.get_expected_min() == 0; }

}  // namespace

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

const CLI::Option* OneOf(const CLI::App& verb, const std::vector<const CLI::Option*>& options) {
  std::vector<const CLI::Option*> given;
  std::vector<const CLI::Option*> on_command_line;
  for (const CLI::Option* option : options) {
    if (option->count() == 0 || (IsFlag(*option) && !option->as<bool>())) continue;
    given.push_back(option);
    // CLI11 notes the order of what stands on the command line, and of nothing else.
    if (std::ranges::find(verb.parse_order(), option) != verb.parse_order().end()) {
      on_command_line.push_back(option);
    }
  }
  const auto& that_count = on_command_line.empty() ? given : on_command_line;
  if (that_count.size() > 1) {
    throw CLI::ValidationError(that_count[0]->get_name() + " and " + that_count[1]->get_name() +
                               " exclude each other: give one of them");
  }
  return that_count.empty() ? nullptr : that_count.front();
}

std::string EnvironmentNote(const CLI::App& app, std::string_view message) {
  for (const CLI::App* verb : app.get_subcommands({})) {
    if (auto note = EnvironmentNote(*verb, message); !note.empty()) return note;
    for (const CLI::Option* option : verb->get_options()) {
      if (option->get_envname().empty()) continue;
      const char* value = std::getenv(option->get_envname().c_str());
      if (value == nullptr || *value == '\0') continue;
      if (message.find(option->get_name()) == std::string_view::npos) continue;
      return option->get_envname() + " is set in the environment";
    }
  }
  return {};
}

std::string Wrap(std::string_view text, std::size_t columns) {
  std::string wrapped(text);
  std::size_t line = 0;  // where the current one begins
  std::size_t space = std::string::npos;
  for (std::size_t i = 0; i < wrapped.size(); ++i) {
    if (wrapped[i] == ' ') space = i;
    if (i - line < columns || space == std::string::npos || space < line) continue;
    wrapped[space] = '\n';
    line = space + 1;
  }
  return wrapped;
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  if (IsFlag(*option)) return {};
  std::string text = " " + option->get_type_name();
  if (option->get_positional()) text.clear();  // the name says it
  if (option->get_expected_max() == CLI::detail::expected_max_vector_size) text += "...";
  return text;
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  std::string notes;
  if (!IsFlag(*option) && !option->get_default_str().empty()) {
    notes = "default " + option->get_default_str();
  }
  if (!option->get_envname().empty()) {
    notes += (notes.empty() ? "" : "; ") + option->get_envname();
  }
  std::string text = option->get_description();
  if (!notes.empty()) text += (text.empty() ? "(" : " (") + notes + ")";
  return Wrap(text, 80 - get_column_width());
}

}  // namespace heartbeat::cli
