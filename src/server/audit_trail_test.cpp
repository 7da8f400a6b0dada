#include "server/audit_trail.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/file.h"
#include "server/test_folder.h"

namespace heartbeat::server {
namespace {

using nlohmann::json;

AuditRecord Record() {
  return {.request_id = "request-1",
          .key_id = "0123abcd",
          .client_address = "192.0.2.1",
          .method = "GET",
          .route = "/predictions/{id}/audio",
          .predictions = {"01890c0e-0000-7000-8000-000000000000"},
          .status = 206};
}

TEST(AuditTrail, SaysWhoDidWhatAndNoMore) {
  const auto line = json::parse(FormatAudit(Record(), std::chrono::system_clock::time_point()));
  EXPECT_EQ(line, (json{{"time", "1970-01-01T00:00:00.000Z"},
                        {"request_id", "request-1"},
                        {"key", "0123abcd"},
                        {"client", "192.0.2.1"},
                        {"method", "GET"},
                        {"route", "/predictions/{id}/audio"},
                        {"predictions", {"01890c0e-0000-7000-8000-000000000000"}},
                        {"status", 206}}));
}

TEST(AuditTrail, LeavesOutWhatItDoesNotKnow) {
  auto record = Record();
  record.key_id = "";
  record.client_address = "";
  record.status = 0;
  record.predictions = {"Jane Doe", "Jane Doe born 1950-01-01 in hospital"};
  const auto line = json::parse(FormatAudit(record, std::chrono::system_clock::time_point()));
  for (const auto* name : {"key", "client", "status"}) EXPECT_TRUE(line[name].is_null()) << name;
  EXPECT_EQ(line["predictions"], json::array());
}

TEST(AuditTrail, IsTheOwnersAlone) {
  const TestFolder folder;
  const auto file = folder.path() / "new" / "audit.jsonl";
  const auto trail = AuditTrail::Open(file);
  ASSERT_TRUE(trail) << trail.error().message;
  EXPECT_TRUE((*trail)->Write(Record()));
  EXPECT_TRUE((*trail)->Write(Record()));
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  std::ifstream lines(file);
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) {
    EXPECT_EQ(json::parse(line)["request_id"], "request-1");
    ++count;
  }
  EXPECT_EQ(count, 2);
  EXPECT_FALSE((*trail)->IsFailing());
  EXPECT_FALSE(AuditTrail::Open(folder.path()));
}

TEST(AuditTrail, SaysThatItCannotBeWritten) {
  const auto trail = AuditTrail::Open("/dev/full");
  ASSERT_TRUE(trail);
  EXPECT_FALSE((*trail)->IsFailing());
  EXPECT_FALSE((*trail)->Write(Record()));
  EXPECT_TRUE((*trail)->IsFailing());
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_FALSE((*trail)->IsFailing());  // one may try again
}

}  // namespace
}  // namespace heartbeat::server
