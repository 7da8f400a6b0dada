#include "cli/settings.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "cli/text.h"

namespace heartbeat::cli {
namespace {

constexpr std::string_view kPrefix = "HEARTBEAT_";

std::string_view Name(Origin origin) {
  switch (origin) {
    case Origin::kFile:
      return "file";
    case Origin::kEnvironment:
      return "environment";
    case Origin::kFlag:
      return "flag";
    case Origin::kDefault:
      break;
  }
  return "default";
}

Origin OriginOf(const CLI::App& verb, const CLI::Option& option) {
  if (std::ranges::find(verb.parse_order(), &option) != verb.parse_order().end()) {
    return Origin::kFlag;
  }
  if (option.count() == 0) return Origin::kDefault;
  const char* variable =
      option.get_envname().empty() ? nullptr : std::getenv(option.get_envname().c_str());
  return variable != nullptr && *variable != '\0' ? Origin::kEnvironment : Origin::kFile;
}

std::string ValueOf(const CLI::Option& option) {
  const bool is_flag = option.get_expected_min() == 0;
  if (is_flag) return option.count() > 0 && option.as<bool>() ? "true" : "false";
  if (option.count() == 0) return option.get_default_str();
  std::string value;
  for (const auto& part : option.results()) value += (value.empty() ? "" : ",") + part;
  return value;
}

void CollectVariables(const CLI::App& app, std::set<std::string, std::less<>>& known) {
  for (const CLI::Option* option : app.get_options()) known.insert(option->get_envname());
  for (const CLI::App* verb : app.get_subcommands({})) CollectVariables(*verb, known);
}

bool IsOfTests(std::string_view name) {
  return name.starts_with("HEARTBEAT_TEST_") || name.starts_with("HEARTBEAT_BENCH_") ||
         name == "HEARTBEAT_CRASH_ROUNDS";
}

}  // namespace

std::vector<Setting> Settings(const CLI::App& verb) {
  std::vector<Setting> settings;
  for (const CLI::Option* option : verb.get_options()) {
    if (option->get_lnames().empty() || !option->get_configurable()) continue;
    settings.push_back({option->get_lnames().front(), ValueOf(*option), OriginOf(verb, *option),
                        option->get_envname()});
  }
  return settings;
}

std::string ToTable(const std::vector<Setting>& settings) {
  constexpr std::string_view kNotSet = "(not set)";
  const auto shown = [&](const Setting& setting) {
    return setting.value.empty() ? std::string(kNotSet) : Printable(setting.value);
  };
  std::size_t name_columns = 7;
  std::size_t value_columns = 5;
  for (const auto& setting : settings) {
    name_columns = std::max(name_columns, setting.name.size());
    value_columns = std::max(value_columns, DisplayWidth(shown(setting)));
  }
  std::string table;
  const auto add_row = [&](std::string name, std::string value, std::string_view from) {
    table += PadRight(std::move(name), name_columns) + "  " +
             PadRight(std::move(value), value_columns) + "  " + std::string(from) + "\n";
  };
  add_row("setting", "value", "from");
  for (const auto& setting : settings) {
    std::string from(Name(setting.origin));
    if (setting.origin == Origin::kEnvironment) from += " (" + setting.variable + ")";
    add_row(setting.name, shown(setting), from);
  }
  return table;
}

std::string ToJson(const std::vector<Setting>& settings) {
  using nlohmann::ordered_json;
  ordered_json rows = ordered_json::array();
  for (const auto& setting : settings) {
    rows.push_back(
        {{"name", setting.name},
         {"value", setting.value.empty() ? ordered_json(nullptr) : ordered_json(setting.value)},
         {"from", Name(setting.origin)},
         {"variable", setting.variable}});
  }
  // Bytes that are no UTF-8, as a file name may hold, must not end the program.
  return ordered_json{{"settings", rows}}.dump(1, ' ', false,
                                               ordered_json::error_handler_t::replace) +
         "\n";
}

std::optional<std::string> UnknownVariable(const CLI::App& app, const char* const* environment) {
  std::set<std::string, std::less<>> known = {"HEARTBEAT_CONFIG"};
  CollectVariables(app, known);
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry(*environment);
    const std::string_view name = entry.substr(0, entry.find('='));
    if (!name.starts_with(kPrefix) || IsOfTests(name) || known.contains(name)) continue;
    return std::string(name);
  }
  return std::nullopt;
}

}  // namespace heartbeat::cli
