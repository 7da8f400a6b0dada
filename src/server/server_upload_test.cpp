// Large batches over real sockets: what they cost in memory and descriptors.

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "server/test_client.h"
#include "server/test_server.h"

namespace heartbeat::server {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

// Sanitizers keep what was freed, and shadows of all that is used.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HEARTBEAT_MEMORY_IS_INFLATED
#endif
#endif
#ifdef HEARTBEAT_MEMORY_IS_INFLATED
constexpr std::size_t kAllowedBytes = 1000 * kMiB;
#else
// 4 MiB of files, buffers, and one part of the client's own, who is in this program too.
constexpr std::size_t kAllowedBytes = 16 * kMiB;
#endif

// Of this program, without what it maps of files.
std::size_t AnonymousBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stoul(line.substr(8)) << 10;
  }
  ADD_FAILURE() << "this system does not tell RssAnon";
  return 0;
}

std::size_t OpenDescriptors() {
  const std::filesystem::directory_iterator folder("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(folder), end(folder)));
}

// Sums the bytes of each file of a batch, to see that they are the right ones.
Router Batch(Host& /*host*/) {
  Router router;
  Route route;
  route.method = "POST";
  route.pattern = "/batch";
  route.runs_on = RunsOn::kWorkPool;
  route.max_body_bytes = 300 * kMiB;
  route.form =
      FormSpec{.file_keys = {"files"}, .field_keys = {}, .max_files = 1000, .keep_going = true};
  route.handler = [](Request& request) -> base::Result<Response> {
    nlohmann::json seen = {{"files", nlohmann::json::array()},
                           {"anonymous", AnonymousBytes()},
                           {"descriptors", OpenDescriptors()}};
    for (auto& file : request.form.files) {
      if (file.error) {
        seen["files"].push_back({{"name", file.file_name}, {"error", file.error->message}});
        continue;
      }
      const auto bytes = file.content.Bytes();
      if (!bytes) return base::Fail(bytes);
      std::size_t sum = 0;
      for (const auto byte : *bytes) sum += std::to_integer<std::size_t>(byte);
      seen["files"].push_back({{"name", file.file_name}, {"size", bytes->size()}, {"sum", sum}});
      file.content.Unmap();
    }
    return Response{
        .status = 200, .content_type = "application/json", .body = seen.dump(), .headers = {}};
  };
  router.Add(route);
  return router;
}

std::string PartHead(std::size_t number) {
  return "--bound\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" +
         std::to_string(number) + "\"\r\n\r\n";
}

constexpr std::string_view kLast = "--bound--\r\n";

// `count` parts of `size` bytes, the content of each a letter of its own, sent as they are made.
std::optional<Answer> PostBatch(TestClient& client, std::size_t count, std::size_t size) {
  std::size_t length = kLast.size();
  for (std::size_t i = 0; i < count; ++i) length += PartHead(i).size() + size + 2;
  client.Send(PlainRequest("POST", "/batch",
                           "Content-Type: multipart/form-data; boundary=bound\r\nContent-Length: " +
                               std::to_string(length) + "\r\n"));
  for (std::size_t i = 0; i < count; ++i) {
    client.Send(PartHead(i));
    client.Send(std::string(size, static_cast<char>('a' + i % 26)));
    client.Send("\r\n");
  }
  client.Send(kLast);
  return client.Read();
}

void ExpectAllFiles(const nlohmann::json& answer, std::size_t count, std::size_t size) {
  ASSERT_EQ(answer["files"].size(), count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& file = answer["files"][i];
    ASSERT_EQ(file["name"], std::to_string(i));
    ASSERT_EQ(file["size"], size);
    ASSERT_EQ(file["sum"], size * ('a' + i % 26));
  }
}

TEST(ServerUpload, Takes200MiBWithoutTakingAsMuchMemory) {
  RunningServer running({}, Batch);
  TestClient client(running.port());
  const auto before = AnonymousBytes();
  const auto descriptors = OpenDescriptors();
  const auto answer = Json(PostBatch(client, 40, 5 * kMiB));
  ExpectAllFiles(answer, 40, 5 * kMiB);
  EXPECT_LT(answer["anonymous"].get<std::size_t>(), before + kAllowedBytes);
  EXPECT_LE(answer["descriptors"].get<std::size_t>(), descriptors + 2);
  RecordProperty("anonymous_mib", static_cast<int>(answer["anonymous"].get<std::size_t>() / kMiB));
}

TEST(ServerUpload, TakesAThousandFilesThatEachWouldFit) {
  RunningServer running({}, Batch);
  TestClient client(running.port());
  const auto before = AnonymousBytes();
  const auto descriptors = OpenDescriptors();
  const auto answer = Json(PostBatch(client, 1000, 200'000));
  ExpectAllFiles(answer, 1000, 200'000);
  EXPECT_LT(answer["anonymous"].get<std::size_t>(), before + kAllowedBytes);
  EXPECT_LE(answer["descriptors"].get<std::size_t>(), descriptors + 2);
}

TEST(ServerUpload, LeavesOutAFileThatIsTooLarge) {
  RunningServer running([](ServerOptions& options) { options.max_file_bytes = 2 * kMiB; }, Batch);
  TestClient client(running.port());
  const std::string body = PartHead(0) + "one\r\n" + PartHead(1) + std::string(3 * kMiB, 'x') +
                           "\r\n" + PartHead(2) + std::string(2 * kMiB, 'y') + "\r\n" +
                           std::string(kLast);
  const auto answer = Json(client.Ask(
      PlainRequest("POST", "/batch",
                   "Content-Type: multipart/form-data; boundary=bound\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n") +
      body));
  ASSERT_EQ(answer["files"].size(), 3U);
  EXPECT_EQ(answer["files"][0]["size"], 3);
  EXPECT_EQ(answer["files"][1]["name"], "1");
  EXPECT_NE(answer["files"][1]["error"].get<std::string>().find("larger than"), std::string::npos);
  EXPECT_EQ(answer["files"][2]["size"], 2 * kMiB);
  EXPECT_EQ(answer["files"][2]["sum"], 2 * kMiB * 'y');
}

TEST(ServerUpload, RefusesMorePartsThanItTakes) {
  RunningServer running([](ServerOptions& options) { options.max_parts = 3; }, Batch);
  TestClient client(running.port());
  EXPECT_EQ(Status(PostBatch(client, 3, 10)), 200);
  const auto refused = PostBatch(client, 4, 10);
  EXPECT_EQ(Status(refused), 400);
  EXPECT_NE(Json(refused)["detail"].get<std::string>().find("3 parts"), std::string::npos);
}

}  // namespace
}  // namespace heartbeat::server
