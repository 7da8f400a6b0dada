#include "server/problem.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace heartbeat::server {
namespace {

constexpr std::string_view kId = "01890c00-0000-7000-8000-000000000000";

TEST(Problem, TellsTheClientWhatWasWrong) {
  const auto response =
      ProblemResponse({.code = base::ErrorCode::kRecordingTooShort, .message = "0.4 s"}, kId);
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(nlohmann::json::parse(response.body),
            (nlohmann::json{{"type", "/problems/recording-too-short"},
                            {"title", "Recording too short"},
                            {"status", 422},
                            {"detail", "0.4 s"},
                            {"instance", "urn:uuid:" + std::string(kId)}}));
  EXPECT_EQ(response.headers.Find("Retry-After"), nullptr);
}

TEST(Problem, NamesTheRequestWhateverItsIdIs) {
  const auto instance = [](std::string_view id) {
    const auto response =
        ProblemResponse({.code = base::ErrorCode::kNotFound, .message = "no"}, id);
    return nlohmann::json::parse(response.body)["instance"].get<std::string>();
  };
  EXPECT_EQ(instance("order:7_a.b-c"), "/requests/order:7_a.b-c");
  EXPECT_EQ(instance("01890c00-0000-7000-8000-00000000000g"),
            "/requests/01890c00-0000-7000-8000-00000000000g");
  EXPECT_EQ(instance("01890c00-0000-7000-8000-0000000-0000"),
            "/requests/01890c00-0000-7000-8000-0000000-0000");
}

TEST(Problem, HidesTheInsideOfOurFailures) {
  for (const auto code : {base::ErrorCode::kInternal, base::ErrorCode::kIo}) {
    const auto response = ProblemResponse({.code = code, .message = "/secret/folder"}, kId);
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body.find("secret"), std::string::npos);
    const auto detail = nlohmann::json::parse(response.body)["detail"].get<std::string>();
    EXPECT_NE(detail.find(kId), std::string::npos) << detail;
  }
}

TEST(Problem, AsksToComeBackLater) {
  const auto full = ProblemResponse({.code = base::ErrorCode::kQueueFull, .message = "full"}, kId);
  EXPECT_EQ(full.status, 429);
  ASSERT_NE(full.headers.Find("Retry-After"), nullptr);
  const auto overload = OverloadResponse("too many", kId);
  EXPECT_EQ(overload.status, 503);
  ASSERT_NE(overload.headers.Find("retry-after"), nullptr);
  EXPECT_EQ(nlohmann::json::parse(overload.body)["detail"], "too many");
}

TEST(Problem, StaysJsonWhateverTheMessageHolds) {
  const auto response =
      ProblemResponse({.code = base::ErrorCode::kBadRequest, .message = "\xff\"\n"}, kId);
  EXPECT_EQ(nlohmann::json::parse(response.body)["detail"], "\xef\xbf\xbd\"\n");
}

}  // namespace
}  // namespace heartbeat::server
