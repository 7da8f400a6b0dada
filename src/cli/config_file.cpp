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

void Append(const CLI::App& verb, std::string_view key, const toml::node& node,
            std::vector<CLI::ConfigItem>& items) {
  if (StandsInEnvironment(*FindOption(verb, key))) return;
  CLI::ConfigItem item;
  item.parents = {verb.get_name()};
  item.name = LongName(key).substr(2);
  // CLI11 adds up what an item is given; the first one stands, and that is the verb's own.
  const auto same = [&](const CLI::ConfigItem& other) {
    return other.parents == item.parents && other.name == item.name;
  };
  if (std::ranges::any_of(items, same)) return;
  item.inputs = Inputs(node, key);
  items.push_back(std::move(item));
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
    for (const auto& [key, value] : *section) {
      if (FindOption(*verb, key.str()) == nullptr) {
        Refuse(value.source(),
               "heartbeat " + verb->get_name() + " has no option \"" + Printable(key.str()) + "\"");
      }
      Append(*verb, key.str(), value, items);
    }
  }
  for (const auto& [key, value] : file) {
    if (value.is_table()) continue;
    bool known = false;
    for (const CLI::App* verb : app_.get_subcommands({})) {
      if (FindOption(*verb, key.str()) == nullptr) continue;
      known = true;
      Append(*verb, key.str(), value, items);
    }
    if (!known) {
      Refuse(value.source(), "no verb of heartbeat has an option \"" + Printable(key.str()) + "\"");
    }
  }
  return items;
}

}  // namespace heartbeat::cli
