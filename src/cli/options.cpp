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
  if (option->get_type_size() == 0) return {};
  std::string text = " " + option->get_type_name();
  if (option->get_positional()) text.clear();  // the name says it
  if (option->get_expected_max() == CLI::detail::expected_max_vector_size) text += "...";
  return text;
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  std::string notes;
  if (option->get_type_size() != 0 && !option->get_default_str().empty()) {
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
