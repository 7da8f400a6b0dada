#include "cli/config_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "cli/text.h"

namespace heartbeat::cli {
namespace {

[[noreturn]] void Refuse(const toml::source_region& where, const std::string& why) {
  throw CLI::ConfigError("line " + std::to_string(where.begin.line) +
                         " of the configuration file: " + why);
}

std::string LongName(std::string_view key) {
  std::string name(key);
  std::ranges::replace(name, '_', '-');
  return "--" + name;
}

// The scalar as it would stand on the command line.
std::string Scalar(const toml::node& node, std::string_view key) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (const auto* number = node.as_floating_point()) {
    // 17 digits give every double back.
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text.precision(17);
    text << number->get();
    return text.str();
  }
  Refuse(node.source(), "\"" + Printable(key) + "\" takes text, a number, true or false");
}

std::vector<std::string> Inputs(const toml::node& node, std::string_view key) {
  const auto* list = node.as_array();
  if (list == nullptr) return {Scalar(node, key)};
  std::vector<std::string> inputs;
  for (const toml::node& item : *list) inputs.push_back(Scalar(item, key));
  return inputs;
}

const CLI::App* FindVerb(const CLI::App& app, std::string_view name) {
  const auto named =
      app.get_subcommands([&](const CLI::App* verb) { return verb->get_name() == name; });
  return named.empty() ? nullptr : named.front();
}

const CLI::Option* FindOption(const CLI::App& verb, std::string_view key) {
  const CLI::Option* option = verb.get_option_no_throw(LongName(key));
  return option != nullptr && option->get_configurable() ? option : nullptr;
}

bool StandsInEnvironment(const CLI::Option& option) {
  if (option.get_envname().empty()) return false;
  const char* value = std::getenv(option.get_envname().c_str());
  return value != nullptr && *value != '\0';
}

// Where a verb stands: {"history", "list"}.
using Path = std::vector<std::string>;

Path Below(Path path, const CLI::App& verb) {
  path.push_back(verb.get_name());
  return path;
}

void Append(const CLI::Option& option, const Path& path, std::string_view key,
            const toml::node& node, std::vector<CLI::ConfigItem>& items) {
  if (StandsInEnvironment(option)) return;
  CLI::ConfigItem item;
  item.parents = path;
  item.name = LongName(key).substr(2);
  // CLI11 adds up what an item is given; the first one stands, and that is the verb's own.
  const auto same = [&](const CLI::ConfigItem& other) {
    return other.parents == item.parents && other.name == item.name;
  };
  if (std::ranges::any_of(items, same)) return;
  item.inputs = Inputs(node, key);
  items.push_back(std::move(item));
}

// For `verb` at `path` and the verbs below it, as far as they have such an option; whether any has.
bool AppendAll(const CLI::App& verb, const Path& path, std::string_view key, const toml::node& node,
               std::vector<CLI::ConfigItem>& items) {
  const CLI::Option* option = FindOption(verb, key);
  if (option != nullptr) Append(*option, path, key, node, items);
  bool known = option != nullptr;
  for (const CLI::App* below : verb.get_subcommands({})) {
    known = AppendAll(*below, Below(path, *below), key, node, items) || known;
  }
  return known;
}

void ReadSection(const CLI::App& verb, const Path& path, const toml::table& section,
                 std::vector<CLI::ConfigItem>& items) {
  // What stands closer to a verb goes first: see Append.
  for (const auto& [key, value] : section) {
    const CLI::App* below = FindVerb(verb, key.str());
    if (below == nullptr || !value.is_table()) continue;
    ReadSection(*below, Below(path, *below), *value.as_table(), items);
  }
  for (const auto& [key, value] : section) {
    if (value.is_table() && FindVerb(verb, key.str()) != nullptr) continue;
    if (AppendAll(verb, path, key.str(), value, items)) continue;
    std::string command = "heartbeat";
    for (const auto& name : path) command += " " + name;
    Refuse(value.source(), command + " has no option \"" + Printable(key.str()) + "\"");
  }
}

}  // namespace

std::vector<CLI::ConfigItem> TomlConfig::from_config(std::istream& input) const {
  toml::table file;
  try {
    file = toml::parse(input);
  } catch (const toml::parse_error& error) {
    Refuse(error.source(), std::string(error.description()));
  }

  std::vector<CLI::ConfigItem> items;
  for (const auto& [verb_name, node] : file) {
    const auto* section = node.as_table();
    if (section == nullptr) continue;
    const CLI::App* verb = FindVerb(app_, verb_name.str());
    if (verb == nullptr) {
      Refuse(node.source(), "heartbeat has no verb \"" + Printable(verb_name.str()) + "\"");
    }
    ReadSection(*verb, {verb->get_name()}, *section, items);
  }
  for (const auto& [key, value] : file) {
    if (value.is_table()) continue;
    bool known = false;
    for (const CLI::App* verb : app_.get_subcommands({})) {
      known = AppendAll(*verb, {verb->get_name()}, key.str(), value, items) || known;
    }
    if (!known) {
      Refuse(value.source(), "no verb of heartbeat has an option \"" + Printable(key.str()) + "\"");
    }
  }
  return items;
}

}  // namespace heartbeat::cli
