#include "server/static_file.h"

#include <gtest/gtest.h>

namespace heartbeat::server {
namespace {

Response Ask(const StaticFile& file, std::string_view if_none_match) {
  Request request;
  if (!if_none_match.empty()) request.headers.Add("If-None-Match", if_none_match);
  return file.Answer(request);
}

TEST(StaticFile, AnswersItsContent) {
  const StaticFile file("body {}", MediaTypeOf("a.css"));
  const auto response = Ask(file, "");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "body {}");
  EXPECT_EQ(response.content_type, "text/css; charset=utf-8");
  EXPECT_EQ(*response.headers.Find("Cache-Control"), "no-cache");
  EXPECT_EQ(response.headers.Find("ETag")->size(), 34U);
  EXPECT_NE(*response.headers.Find("ETag"), *Ask(StaticFile("body", ""), "").headers.Find("ETag"));
}

TEST(StaticFile, MayBeKeptForEver) {
  const StaticFile file("body {}", MediaTypeOf("a.css"), Keep::kForEver);
  EXPECT_EQ(*Ask(file, "").headers.Find("Cache-Control"), "public, max-age=31536000, immutable");
}

TEST(StaticFile, IsNotSentAgainToWhomeverHasIt) {
  const StaticFile file("content", "text/plain");
  const auto etag = *Ask(file, "").headers.Find("ETag");
  for (const auto& known : {etag, "W/" + etag, "\"other\", " + etag, etag + ",\"x\"",
                            std::string("*"), std::string(" * ")}) {
    const auto response = Ask(file, known);
    EXPECT_EQ(response.status, 304) << known;
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(response.content_type, "");
    EXPECT_EQ(*response.headers.Find("ETag"), etag);
  }
  for (const auto& known :
       {std::string("\"other\""), etag.substr(1), std::string(",,"), "\"" + etag + "\""}) {
    EXPECT_EQ(Ask(file, known).status, 200) << known;
  }
}

TEST(StaticFile, KnowsMediaTypesByExtension) {
  EXPECT_EQ(MediaTypeOf("a.html"), "text/html; charset=utf-8");
  EXPECT_EQ(MediaTypeOf("swagger-ui-bundle.js"), "text/javascript; charset=utf-8");
  EXPECT_EQ(MediaTypeOf("swagger-ui-bundle.js.LICENSE.txt"), "text/plain; charset=utf-8");
  EXPECT_EQ(MediaTypeOf("favicon-32x32.png"), "image/png");
  EXPECT_EQ(MediaTypeOf("icon.svg"), "image/svg+xml");
  EXPECT_EQ(MediaTypeOf("a"), "application/octet-stream");
}

}  // namespace
}  // namespace heartbeat::server
