#include "server/request_log.h"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "server/http_date.h"

namespace heartbeat::server {
namespace {

const RequestRecord kRecord{.id = "an-id",
                            .trace_id = "a-trace",
                            .parent_id = "",
                            .scheme = "https",
                            .tls = true,
                            .method = "POST",
                            .route = "/predict",
                            .status = 200,
                            .body_bytes_in = 12,
                            .body_bytes_out = 34,
                            .duration_s = 0.0123456};

TEST(RequestLog, IsOneLineOfJson) {
  const auto line = FormatRequest(kRecord);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["time"].get<std::string>().size(), 24U);
  json.erase("time");
  EXPECT_EQ(json, (nlohmann::json{{"request_id", "an-id"},
                                  {"method", "POST"},
                                  {"route", "/predict"},
                                  {"status", 200},
                                  {"bytes_in", 12},
                                  {"bytes_out", 34},
                                  {"duration_ms", 12.346},
                                  {"scheme", "https"},
                                  {"tls", true},
                                  {"trace_id", "a-trace"}}));
}

TEST(RequestLog, GoesToTheSinkOrToStandardError) {
  std::string taken;
  LogRequest(kRecord, [&taken](std::string_view line) { taken = line; });
  EXPECT_EQ(nlohmann::json::parse(taken)["route"], "/predict");
  ::testing::internal::CaptureStderr();
  LogRequest(kRecord, {});
  const auto written = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(written.ends_with("}\n")) << written;
  EXPECT_EQ(nlohmann::json::parse(written)["status"], 200);
}

TEST(HttpDate, IsTheOneOfTheStandard) {
  const std::chrono::sys_seconds time{std::chrono::seconds(784'111'777)};
  EXPECT_EQ(FormatHttpDate(time), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110, 5.6.7
  EXPECT_EQ(FormatHttpDate(std::chrono::sys_seconds{}), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace
}  // namespace heartbeat::server
