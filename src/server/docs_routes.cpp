#include "server/docs_routes.h"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "server/embedded.h"
#include "server/openapi.h"
#include "server/static_file.h"

namespace heartbeat::server {
namespace {

constexpr std::string_view kPage = "index.html";
// Everything comes from this server, and neither script nor style stands in the page; Swagger UI's
// pictures are data: URLs in its style sheet.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
    "data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct Documents {
  std::map<std::string, StaticFile, std::less<>> files;  // of the page, which is not among them
  std::optional<StaticFile> page;
  std::string openapi_text;
  std::optional<StaticFile> openapi;
};

Route Open(std::string pattern, std::string operation, std::string summary) {
  Route route;
  route.method = "GET";
  route.pattern = std::move(pattern);
  route.operation = std::move(operation);
  route.summary = std::move(summary);
  route.scope = Scope::kNone;
  return route;
}

Response Guarded(Response response) {
  response.headers.Add("Content-Security-Policy", kContentSecurityPolicy);
  response.headers.Add("Referrer-Policy", "no-referrer");
  return response;
}

base::Result<Response> AnswerFile(const Documents& documents, const Request& request) {
  const auto found = documents.files.find(request.parameters.at("file"));
  if (found == documents.files.end()) {
    return base::Fail(base::ErrorCode::kNotFound, "there is nothing at this address");
  }
  return Guarded(found->second.Answer(request));
}

}  // namespace

void AddDocsRoutes(Router& router, const ApiContextPtr& context) {
  const auto documents = std::make_shared<Documents>();
  for (const auto& file : DocsFiles()) {
    const StaticFile content(file.content, MediaTypeOf(file.name));
    if (file.name == kPage) {
      documents->page = content;
    } else {
      documents->files.emplace(file.name, content);
    }
  }

  auto openapi = Open("/openapi.json", "getOpenApi", "This document, OpenAPI 3.1");
  openapi.handler = [documents](Request& request) -> base::Result<Response> {
    return documents->openapi->Answer(request);
  };
  router.Add(std::move(openapi));

  auto page = Open("/docs", "getDocs", "This document as a page to read and try");
  page.handler = [documents](Request& request) -> base::Result<Response> {
    return Guarded(documents->page->Answer(request));
  };
  router.Add(std::move(page));

  auto file = Open("/docs/{file}", "getDocsFile", "What the page at /docs consists of");
  file.handler = [documents](Request& request) { return AnswerFile(*documents, request); };
  router.Add(std::move(file));

  documents->openapi_text = MakeOpenApi(router, context->options.base_path).dump();
  documents->openapi.emplace(documents->openapi_text, "application/json");
}

}  // namespace heartbeat::server
