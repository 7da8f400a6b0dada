#pragma once

#include <span>
#include <string_view>

namespace heartbeat::server {

// A file that the program carries (cmake/EmbedFiles.cmake).
struct EmbeddedFile {
  std::string_view name;
  std::string_view content;
};

// The pieces of the API's document: src/server/openapi, names as below that folder.
[[nodiscard]] std::span<const EmbeddedFile> OpenApiFiles();
// The page at /docs: web/docs and what it needs of Swagger UI, names without folders.
[[nodiscard]] std::span<const EmbeddedFile> DocsFiles();
// The dashboard as web/embed.mjs builds it: "index.html" and "assets/NAME"; of what gzip makes
// smaller, "assets/NAME.gz" too.
[[nodiscard]] std::span<const EmbeddedFile> DashboardFiles();

}  // namespace heartbeat::server
