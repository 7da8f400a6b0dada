// The dashboard as the server carries it, over real sockets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "base/file.h"
#include "server/embedded.h"
#include "server/test_client.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kPolicy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

// The paths of what a page links to below `./assets/`.
std::set<std::string> AssetsOf(const std::string& page) {
  std::set<std::string> paths;
  for (auto at = page.find("\"./assets/"); at != std::string::npos;
       at = page.find("\"./assets/", at + 1)) {
    paths.insert(page.substr(at + 2, page.find('"', at + 1) - at - 2));
  }
  return paths;
}

// A folder with a page of its own, removed at the end.
class WebFolder {
 public:
  WebFolder() {
    std::filesystem::create_directories(path_ / "assets");
    Write("index.html", "<html><head></head>one</html>");
    Write("assets/a.js", "let a;");
    Write("secret.txt", "secret");
  }
  WebFolder(const WebFolder&) = delete;
  WebFolder& operator=(const WebFolder&) = delete;
  ~WebFolder() { std::filesystem::remove_all(path_); }

  void Write(const std::string& name, std::string_view text) const {
    ASSERT_TRUE(base::WriteFileAtomically(path_ / name, text));
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ = std::filesystem::path(testing::TempDir()) / "heartbeat_web_folder";
};

TEST(Dashboard, IsServedWithAllThatItsPageNames) {
  RunningServer running;
  TestClient client(running.port());
  const auto page = client.Ask(PlainRequest("GET", "/"));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(page->headers.at("content-security-policy"), kPolicy);
  EXPECT_EQ(page->headers.at("referrer-policy"), "no-referrer");
  EXPECT_EQ(page->headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(page->headers.at("cache-control"), "no-cache");
  EXPECT_THAT(page->body, Not(HasSubstr("://")));  // nothing of elsewhere
  EXPECT_THAT(page->body, Not(HasSubstr("<base")));
  const auto paths = AssetsOf(page->body);
  EXPECT_GE(paths.size(), 3U);  // script, style, icon
  for (const auto& path : paths) {
    SCOPED_TRACE(path);
    const auto file = client.Ask(PlainRequest("GET", path));
    ASSERT_TRUE(file);
    EXPECT_EQ(file->status, 200);
    EXPECT_EQ(file->headers.at("cache-control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(file->headers.at("content-security-policy"), kPolicy);
    EXPECT_EQ(file->headers.at("vary"), "Accept-Encoding");
    EXPECT_FALSE(file->headers.contains("content-encoding"));
  }
  const auto licences = client.Ask(PlainRequest("GET", "/assets/licences.txt"));
  ASSERT_TRUE(licences);
  EXPECT_EQ(licences->headers.at("cache-control"), "no-cache");  // its name stays
  EXPECT_THAT(licences->body, HasSubstr("@mantine/core"));
}

TEST(Dashboard, IsCompressedForWhomeverTakesIt) {
  RunningServer running;
  TestClient client(running.port());
  std::size_t compressed = 0;
  for (const auto& file : DashboardFiles()) {
    if (!file.name.ends_with(".gz")) continue;
    const auto path = "/" + std::string(file.name.substr(0, file.name.size() - 3));
    SCOPED_TRACE(path);
    const auto plain = client.Ask(PlainRequest("GET", path));
    const auto gzip = client.Ask(PlainRequest("GET", path, "Accept-Encoding: gzip, br\r\n"));
    ASSERT_TRUE(plain && gzip);
    EXPECT_EQ(gzip->headers.at("content-encoding"), "gzip");
    EXPECT_EQ(gzip->headers.at("content-type"), plain->headers.at("content-type"));
    EXPECT_EQ(gzip->body, file.content);
    EXPECT_TRUE(gzip->body.starts_with("\x1f\x8b"));
    EXPECT_LT(gzip->body.size(), plain->body.size());
    EXPECT_NE(gzip->headers.at("etag"), plain->headers.at("etag"));
    const auto known =
        "Accept-Encoding: gzip\r\nIf-None-Match: " + gzip->headers.at("etag") + "\r\n";
    client.Send(PlainRequest("GET", path, known));
    const auto again = client.Read(false);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->status, 304);
    EXPECT_FALSE(again->headers.contains("content-encoding"));
    ++compressed;
  }
  EXPECT_GE(compressed, 3U);
}

TEST(Dashboard, IsAProblemWhereThereIsNothing) {
  RunningServer running;
  TestClient client(running.port());
  for (const char* path : {"/assets/", "/assets/nothing.js", "/assets/index.html", "/index.html",
                           "/listen", "/assets/..%2findex.html"}) {
    SCOPED_TRACE(path);
    const auto nothing = client.Ask(PlainRequest("GET", path));
    EXPECT_EQ(Status(nothing), 404);
    EXPECT_EQ(Json(nothing)["type"], "/problems/not-found");
  }
}

TEST(Dashboard, StandsBelowTheBasePath) {
  RunningServer running([](ServerOptions& options) { options.base_path = "/tools/heart"; });
  TestClient client(running.port());
  for (const char* path : {"/tools/heart", "/tools/heart/"}) {
    const auto page = client.Ask(PlainRequest("GET", path));
    ASSERT_TRUE(page);
    EXPECT_THAT(page->body, HasSubstr("<head><base href=\"/tools/heart/\" />"));
    for (const auto& asset : AssetsOf(page->body)) {
      EXPECT_EQ(Status(client.Ask(PlainRequest("GET", "/tools/heart" + asset))), 200) << asset;
    }
  }
  EXPECT_EQ(Status(client.Ask(PlainRequest("GET", "/"))), 404);
}

TEST(Dashboard, IsReadFromAFolderWhileItIsDeveloped) {
  const WebFolder folder;
  RunningServer running([&](ServerOptions& options) { options.web_dir = folder.path(); });
  TestClient client(running.port());
  const auto first = client.Ask(PlainRequest("GET", "/"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->body, "<html><head></head>one</html>");
  EXPECT_EQ(first->headers.at("content-security-policy"), kPolicy);
  folder.Write("index.html", "<html><head></head>two</html>");
  const auto second = client.Ask(PlainRequest("GET", "/"));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->body, "<html><head></head>two</html>");
  const auto script = client.Ask(PlainRequest("GET", "/assets/a.js"));
  ASSERT_TRUE(script);
  EXPECT_EQ(script->body, "let a;");
  EXPECT_EQ(script->headers.at("cache-control"), "no-cache");
  for (const char* path : {"/assets/..%2fsecret.txt", "/assets/..", "/assets/b.js", "/secret.txt",
                           "/assets/%2fetc%2fpasswd"}) {
    EXPECT_EQ(Status(client.Ask(PlainRequest("GET", path))), 404) << path;
  }
}

}  // namespace
}  // namespace heartbeat::server
