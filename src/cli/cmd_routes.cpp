#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/text.h"
#include "server/api.h"

namespace heartbeat::cli {
namespace {

using nlohmann::ordered_json;

std::string ToJsonText(const server::Router& router) {
  ordered_json rows = ordered_json::array();
  for (const auto& route : router.routes()) {
    rows.push_back({{"method", route.method},
                    {"path", route.pattern},
                    {"scope", server::Name(route.scope)},
                    {"summary", route.summary}});
  }
  return rows.dump(1) + "\n";
}

std::string ToTable(const server::Router& router) {
  std::size_t method_columns = 6;
  std::size_t path_columns = 4;
  std::size_t scope_columns = 5;
  for (const auto& route : router.routes()) {
    method_columns = std::max(method_columns, route.method.size());
    path_columns = std::max(path_columns, route.pattern.size());
    scope_columns = std::max(scope_columns, server::Name(route.scope).size());
  }
  std::string table;
  const auto add_row = [&](std::string method, std::string path, std::string scope,
                           const std::string& summary) {
    table += PadRight(std::move(method), method_columns) + "  " +
             PadRight(std::move(path), path_columns) + "  " +
             PadRight(std::move(scope), scope_columns) + "  " + summary + "\n";
  };
  add_row("method", "path", "scope", "summary");
  for (const auto& route : router.routes()) {
    add_row(route.method, route.pattern, std::string(server::Name(route.scope)), route.summary);
  }
  return table;
}

int Routes(bool as_json) {
  const auto router = server::ListApi();
  const auto written = WriteResult(as_json ? ToJsonText(router) : ToTable(router));
  return written ? 0 : Report(written.error());
}

}  // namespace

void AddRoutes(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("routes", "List every route of the REST API");
  auto as_json = std::make_shared<bool>(false);
  verb->add_flag("--json", *as_json, "Write JSON, not a table");
  verb->footer(
      "Each with its method, its path and the right that a key must have, where there are keys.\n"
      "The server describes them in full at /openapi.json and /docs.\n"
      "\n"
      "Example: heartbeat routes --json");
  NameEnvironment(*verb);
  verb->callback([=, &action] { action = [as_json] { return Routes(*as_json); }; });
}

}  // namespace heartbeat::cli
