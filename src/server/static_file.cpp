#include "server/static_file.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/digest.h"
#include "server/etag.h"

namespace heartbeat::server {
namespace {

constexpr int kNotModified = 304;

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kMediaTypes = {{
    {".css", "text/css; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
}};

}  // namespace

std::string_view MediaTypeOf(std::string_view file_name) {
  const auto found = std::ranges::find_if(
      kMediaTypes, [file_name](const auto& row) { return file_name.ends_with(row.first); });
  return found == kMediaTypes.end() ? "application/octet-stream" : found->second;
}

StaticFile::StaticFile(std::string_view content, std::string_view media_type, Keep keep)
    : content_(content), media_type_(media_type), keep_(keep) {
  etag_ = EtagOf(base::Sha256Hex(std::as_bytes(std::span(content))));
}

Response StaticFile::Answer(const Request& request) const {
  Response response;
  response.headers.Add("ETag", etag_);
  response.headers.Add("Cache-Control", keep_ == Keep::kForEver
                                            ? "public, max-age=31536000, immutable"
                                            : "no-cache");
  const auto* known = request.headers.Find("If-None-Match");
  if (known != nullptr && ListsEtag(*known, etag_)) {
    response.status = kNotModified;
    return response;
  }
  response.content_type = media_type_;
  response.body = content_;
  return response;
}

}  // namespace heartbeat::server
