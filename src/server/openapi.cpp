#include "server/openapi.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "server/embedded.h"
#include "server/header_value.h"

namespace heartbeat::server {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kSchemas = "schemas/";
constexpr std::string_view kJson = ".json";

ordered_json Parse(std::string_view name) {
  const auto files = OpenApiFiles();
  const auto found = std::ranges::find(files, name, &EmbeddedFile::name);
  if (found == files.end()) throw std::logic_error("no openapi/" + std::string(name));
  return ordered_json::parse(found->content);
}

ordered_json Reference(std::string_view kind, std::string_view name) {
  return {{"$ref", "#/components/" + std::string(kind) + "/" + std::string(name)}};
}

ordered_json Schemas() {
  ordered_json schemas = ordered_json::object();
  for (const auto& file : OpenApiFiles()) {
    auto name = file.name;
    if (!name.starts_with(kSchemas)) continue;
    name.remove_prefix(kSchemas.size());
    name.remove_suffix(kJson.size());
    schemas[std::string(name)] = ordered_json::parse(file.content);
  }
  return schemas;
}

ordered_json HeadersOfAll() {
  return {{"X-Request-Id", Reference("headers", "RequestId")},
          {"traceresponse", Reference("headers", "TraceResponse")}};
}

// Those of openapi/problems.json, with what all of them have.
ordered_json Problems() {
  ordered_json responses = ordered_json::object();
  const auto problems = Parse("problems.json");
  for (const auto& [name, problem] : problems.items()) {
    ordered_json headers = HeadersOfAll();
    if (problem.contains("headers")) {
      for (const auto& [header, component] : problem["headers"].items()) {
        headers[header] = Reference("headers", component.get<std::string>());
      }
    }
    auto example = problem.at("example");
    example["instance"] = "urn:uuid:01a208d9-2d74-7edc-8bf4-57830978ccae";
    responses[name] = {
        {"description", problem.at("description")},
        {"headers", std::move(headers)},
        {"content",
         {{"application/problem+json",
           {{"schema", Reference("schemas", "Problem")}, {"example", std::move(example)}}}}}};
  }
  return responses;
}

// The problems that come with the kind of a route, by status.
std::map<std::string, std::string_view> CommonResponses(const Route& route) {
  std::map<std::string, std::string_view> responses = {
      {"400", "BadRequest"},     {"408", "RequestTimeout"}, {"413", "BodyTooLarge"},
      {"431", "HeaderTooLarge"}, {"500", "InternalError"},  {"503", "Overloaded"},
  };
  if (route.runs_on == RunsOn::kWorkPool) responses["429"] = "QueueFull";
  if (route.scope != Scope::kNone) {
    responses["401"] = "Unauthorized";
    responses["403"] = "Forbidden";
    responses["429"] = "TooManyRequests";
  }
  if (route.is_audited) responses["507"] = "StorageFailed";
  if (route.ready) responses["503"] = "NoModel";
  return responses;
}

ordered_json Responses(const Route& route, const ordered_json& own) {
  std::map<std::string, ordered_json> by_status;
  for (const auto& [status, name] : CommonResponses(route)) {
    by_status[status] = Reference("responses", name);
  }
  for (const auto& [status, response] : own.items()) {
    auto described = response;
    if (!described.contains("$ref")) {
      described["headers"].update(HeadersOfAll());
    }
    by_status[status] = std::move(described);
  }
  ordered_json responses = ordered_json::object();
  for (auto& [status, response] : by_status) responses[status] = std::move(response);
  return responses;
}

// Any of the schemes, with the right as its role (OpenAPI 3.1, 4.8.30); none for what is open.
ordered_json Security(Scope scope) {
  auto security = ordered_json::array();
  if (scope == Scope::kNone) return security;
  for (const auto* scheme : {"bearer", "key", "session"}) {
    security.push_back({{scheme, {Name(scope)}}});
  }
  return security;
}

ordered_json Operation(const Route& route) {
  const auto described = Parse("operations/" + route.operation + ".json");
  ordered_json operation = {{"operationId", route.operation}, {"summary", route.summary}};
  for (const auto& [key, value] : described.items()) operation[key] = value;
  operation["responses"] = Responses(route, described.at("responses"));
  operation["security"] = Security(route.scope);
  operation["x-scope"] = Name(route.scope);
  return operation;
}

}  // namespace

ordered_json MakeOpenApi(const Router& router, std::string_view base_path) {
  auto document = Parse("document.json");
  document["info"]["version"] = HEARTBEAT_VERSION;
  document["servers"] = {{{"url", base_path.empty() ? "/" : std::string(base_path)}}};
  ordered_json paths = ordered_json::object();
  for (const auto& route : router.routes()) {
    paths[route.pattern][ToLower(route.method)] = Operation(route);
  }
  document["paths"] = std::move(paths);
  document["components"]["schemas"] = Schemas();
  document["components"]["responses"] = Problems();
  return document;
}

}  // namespace heartbeat::server
