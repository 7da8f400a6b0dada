#include "server/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "server/api.h"
#include "server/embedded.h"
#include "server/header_value.h"

namespace heartbeat::server {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json Document() { return MakeOpenApi(ListApi(), ""); }

const ordered_json& OperationOf(const ordered_json& document, const Route& route) {
  return document.at("paths").at(route.pattern).at(ToLower(route.method));
}

void CollectReferences(const ordered_json& node, std::set<std::string>& references) {
  if (node.is_object() && node.contains("$ref")) references.insert(node["$ref"]);
  if (node.is_structured()) {
    for (const auto& child : node) CollectReferences(child, references);
  }
}

TEST(OpenApi, DescribesEveryRouteAndNothingElse) {
  const auto document = Document();
  const auto router = ListApi();
  EXPECT_EQ(document["openapi"], "3.1.0");
  EXPECT_EQ(document["info"]["version"], HEARTBEAT_VERSION);
  std::size_t operations = 0;
  for (const auto& path : document["paths"]) operations += path.size();
  EXPECT_EQ(operations, router.routes().size());
  for (const auto& route : router.routes()) {
    SCOPED_TRACE(route.pattern);
    const auto& operation = OperationOf(document, route);
    EXPECT_EQ(operation["operationId"], route.operation);
    EXPECT_EQ(operation["summary"], route.summary);
    EXPECT_EQ(operation["x-scope"], Name(route.scope));
    EXPECT_GT(operation["description"].get<std::string>().size(), 10U);
    EXPECT_EQ(operation["tags"].size(), 1U);
  }
}

TEST(OpenApi, HasNoPieceThatBelongsNowhere) {
  std::set<std::string> operations;
  const auto router = ListApi();
  for (const auto& route : router.routes()) {
    EXPECT_TRUE(operations.insert(route.operation).second) << route.operation << " twice";
  }
  std::set<std::string> references;
  CollectReferences(Document(), references);
  for (const auto& file : OpenApiFiles()) {
    std::string name(file.name.substr(0, file.name.size() - 5));
    if (name.starts_with("operations/")) {
      EXPECT_TRUE(operations.contains(name.substr(11))) << name;
    } else if (name.starts_with("schemas/")) {
      EXPECT_TRUE(references.contains("#/components/" + name)) << name;
    }
  }
}

TEST(OpenApi, RefersToWhatIsThere) {
  const auto document = Document();
  std::set<std::string> references;
  CollectReferences(document, references);
  EXPECT_GT(references.size(), 20U);
  for (const auto& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/")) << reference;
    EXPECT_TRUE(document.contains(ordered_json::json_pointer(reference.substr(1)))) << reference;
  }
}

TEST(OpenApi, DescribesTheFormsThatRoutesTake) {
  const auto document = Document();
  const auto router = ListApi();
  for (const auto& route : router.routes()) {
    SCOPED_TRACE(route.pattern);
    const auto& operation = OperationOf(document, route);
    ASSERT_EQ(operation.contains("requestBody"), route.form.has_value() || route.keeps_body);
    if (route.keeps_body) {
      EXPECT_TRUE(operation["requestBody"]["content"].contains("application/json"));
    }
    if (!route.form) continue;
    const auto& schema = operation["requestBody"]["content"]["multipart/form-data"]["schema"];
    std::set<std::string> described;
    for (const auto& [key, property] : schema["properties"].items()) described.insert(key);
    std::set<std::string> taken(route.form->file_keys.begin(), route.form->file_keys.end());
    taken.insert(route.form->field_keys.begin(), route.form->field_keys.end());
    EXPECT_EQ(described, taken);
  }
}

TEST(OpenApi, DescribesTheParametersOfAddresses) {
  const auto document = Document();
  const auto router = ListApi();
  for (const auto& route : router.routes()) {
    SCOPED_TRACE(route.pattern);
    std::set<std::string> described;
    for (const auto& parameter :
         OperationOf(document, route).value("parameters", ordered_json::array())) {
      const auto reference = parameter.value("$ref", "#");
      const auto& named = reference == "#"
                              ? parameter
                              : document.at(ordered_json::json_pointer(reference.substr(1)));
      if (named.value("in", "") == "path") described.insert(named["name"]);
    }
    std::set<std::string> taken;
    for (auto at = route.pattern.find('{'); at != std::string::npos;
         at = route.pattern.find('{', at + 1)) {
      taken.insert(route.pattern.substr(at + 1, route.pattern.find('}', at) - at - 1));
    }
    EXPECT_EQ(described, taken);
  }
}

TEST(OpenApi, DescribesWhatEveryRouteOfAKindCanAnswer) {
  const auto document = Document();
  const auto router = ListApi();
  for (const auto& route : router.routes()) {
    SCOPED_TRACE(route.pattern);
    const auto& responses = OperationOf(document, route)["responses"];
    const bool has_success = responses.contains("200") || responses.contains("204");
    EXPECT_TRUE(has_success);
    for (const char* status : {"400", "408", "413", "431", "500", "503"}) {
      EXPECT_TRUE(responses.contains(status)) << status;
    }
    const bool is_open = route.scope == Scope::kNone;
    for (const char* status : {"401", "403"}) {
      EXPECT_TRUE(is_open || responses.contains(status)) << status;
    }
    EXPECT_EQ(responses.contains("429"),
              route.runs_on == RunsOn::kWorkPool || !is_open || route.pattern == "/login");
    EXPECT_TRUE(!route.is_audited || responses.contains("507"));
  }
  EXPECT_EQ(document["paths"]["/predict"]["post"]["responses"]["503"]["$ref"],
            "#/components/responses/NoModel");
}

TEST(OpenApi, SaysWhichRightIsNeeded) {
  const auto document = Document();
  const auto router = ListApi();
  for (const auto& route : router.routes()) {
    SCOPED_TRACE(route.pattern);
    const auto& security = OperationOf(document, route)["security"];
    if (route.scope == Scope::kNone) {
      EXPECT_EQ(security, ordered_json::array());
      continue;
    }
    ASSERT_EQ(security.size(), document["components"]["securitySchemes"].size());
    for (const auto& scheme : security) {
      EXPECT_TRUE(document["components"]["securitySchemes"].contains(scheme.begin().key()));
      EXPECT_EQ(scheme.begin().value(), ordered_json::array({Name(route.scope)}));
    }
  }
}

TEST(OpenApi, StandsBelowTheBasePath) {
  EXPECT_EQ(Document()["servers"], (ordered_json{{{"url", "/"}}}));
  EXPECT_EQ(MakeOpenApi(ListApi(), "/heartbeat")["servers"],
            (ordered_json{{{"url", "/heartbeat"}}}));
}

}  // namespace
}  // namespace heartbeat::server
