#include "server/http_answer.h"

#include <gtest/gtest.h>

#include <memory>

namespace heartbeat::server {
namespace {

using namespace std::string_literals;

TEST(HttpAnswer, HasTheFieldsOfEveryAnswer) {
  Response response{.status = 404, .content_type = "text/plain", .body = "abc", .headers = {}};
  response.headers.Add("Allow", "GET");
  auto head = FormatAnswerHead(
      response, {.request_id = "an-id", .trace_response = "00-1", .connection = "close"});
  const auto date = head.find("Date: ");
  ASSERT_NE(date, std::string::npos);
  head.erase(date, head.find("\r\n", date) + 2 - date);
  EXPECT_EQ(head,
            "HTTP/1.1 404 Not Found\r\nServer: HeartBeat\r\nX-Request-Id: an-id\r\n"
            "traceresponse: 00-1\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
            "Content-Security-Policy: default-src 'none'; media-src 'self'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n"
            "Permissions-Policy: microphone=(self), camera=(), display-capture=(), "
            "geolocation=(), payment=(), usb=(), serial=()\r\n"
            "Cross-Origin-Resource-Policy: same-origin\r\nX-Frame-Options: DENY\r\n"
            "Content-Type: text/plain\r\nAllow: GET\r\nConnection: close\r\n"
            "Content-Length: 3\r\n\r\n");
}

TEST(HttpAnswer, LetsAResponseHaveItsOwn) {
  Response response;
  response.headers.Add("cache-control", "max-age=60");
  const auto head =
      FormatAnswerHead(response, {.request_id = "i", .trace_response = {}, .connection = {}});
  EXPECT_EQ(head.find("no-store"), std::string::npos);
  EXPECT_NE(head.find("cache-control: max-age=60\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Connection"), std::string::npos);
  EXPECT_EQ(head.find("trace"), std::string::npos);
}

TEST(HttpAnswer, LetsNoValueBeginAField) {
  Response response;
  response.headers.Add("X", "a\r\nSet-Cookie: b\0c"s);
  const auto head =
      FormatAnswerHead(response, {.request_id = "i", .trace_response = {}, .connection = {}});
  EXPECT_NE(head.find("X: a  Set-Cookie: b c\r\n"), std::string::npos) << head;
}

struct Nothing final : public BodySource {
  [[nodiscard]] base::Result<std::string> Next() override { return std::string(); }
};

TEST(HttpAnswer, TellsTheLengthOfABodyOrThatItComesInChunks) {
  Response response;
  response.body = "abc";
  EXPECT_EQ(BodyBytes(response), 3U);
  response.rest = std::make_shared<Nothing>();
  EXPECT_EQ(BodyBytes(response), std::nullopt);
  const auto head = [&response](bool may_chunk) {
    return FormatAnswerHead(
        response,
        {.request_id = "i", .trace_response = {}, .connection = {}, .may_chunk = may_chunk});
  };
  EXPECT_NE(head(true).find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(head(false).find("Transfer-Encoding"), std::string::npos);
  EXPECT_EQ(head(false).find("Content-Length"), std::string::npos);
  response.rest_bytes = 7;
  EXPECT_EQ(BodyBytes(response), 10U);
  EXPECT_NE(head(true).find("Content-Length: 10\r\n"), std::string::npos);
  EXPECT_EQ(head(true).find("Transfer-Encoding"), std::string::npos);
  EXPECT_EQ(FormatChunkHead(26), "1a\r\n");
}

TEST(HttpAnswer, KnowsWhichHaveNoBody) {
  for (const int status : {100, 204, 304}) {
    const Response response{.status = status, .content_type = {}, .body = {}, .headers = {}};
    EXPECT_FALSE(MayHaveBody(status));
    EXPECT_EQ(
        FormatAnswerHead(response, {.request_id = "i", .trace_response = {}, .connection = {}})
            .find("Content-Length"),
        std::string::npos);
  }
  EXPECT_TRUE(MayHaveBody(200));
  EXPECT_TRUE(MayHaveBody(500));
}

}  // namespace
}  // namespace heartbeat::server
