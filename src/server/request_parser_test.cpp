#include "server/request_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace heartbeat::server {
namespace {

using namespace std::string_literals;

using base::ErrorCode;
using Event = RequestParser::Event;

struct Outcome {
  bool has_head = false;
  RequestHead head;
  std::string body;
  bool done = false;
  std::string rest;
  std::optional<base::Error> error;
};

// Gives the parser `piece` bytes more each time it has no use for those it has.
Outcome Parse(std::string_view bytes, std::size_t piece, std::size_t max_header_bytes = 1000) {
  RequestParser parser(max_header_bytes);
  Outcome outcome;
  std::string kept;
  while (true) {
    auto step = parser.Parse(kept);
    if (!step) {
      outcome.error = step.error();
      break;
    }
    if (step->event == Event::kHead) {
      outcome.has_head = true;
      outcome.head = parser.head();
    }
    outcome.body += step->body;
    kept.erase(0, step->used);
    outcome.done = parser.done();
    if (outcome.done) break;
    if (step->event != Event::kNeedMore) continue;
    if (bytes.empty()) break;
    kept += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  outcome.rest = kept + std::string(bytes);
  return outcome;
}

constexpr std::string_view kGet = "GET /a?b HTTP/1.1\r\nHost: h\r\nX-Y:  z \r\n\r\n";

TEST(RequestParser, ReadsAHeadHoweverItIsCut) {
  for (const std::size_t piece : {1, 2, 3, 7, 1000}) {
    const auto parsed = Parse(std::string(kGet) + "GET /next", piece);
    ASSERT_TRUE(parsed.done);
    EXPECT_EQ(parsed.head.method, "GET");
    EXPECT_EQ(parsed.head.target, "/a?b");
    EXPECT_FALSE(parsed.head.is_http_1_0);
    EXPECT_TRUE(parsed.head.keep_alive);
    EXPECT_FALSE(parsed.head.chunked);
    EXPECT_FALSE(parsed.head.content_length);
    ASSERT_NE(parsed.head.fields.Find("x-y"), nullptr);
    EXPECT_EQ(*parsed.head.fields.Find("x-y"), "z");
    EXPECT_EQ(parsed.rest, "GET /next");
  }
}

TEST(RequestParser, ReadsABodyOfKnownLength) {
  for (const std::size_t piece : {1, 5, 1000}) {
    const auto parsed = Parse("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n12\r\n3GET", piece);
    ASSERT_TRUE(parsed.done);
    EXPECT_TRUE(parsed.head.is_http_1_0);
    EXPECT_FALSE(parsed.head.keep_alive);
    EXPECT_EQ(parsed.head.content_length, 5U);
    EXPECT_EQ(parsed.body, "12\r\n3");
    EXPECT_EQ(parsed.rest, "GET");
  }
}

TEST(RequestParser, ReadsChunksAndKeepsTrailersOutOfTheHead) {
  const std::string request =
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;name=value\r\nabc\r\n00A\r\n0123456789\r\n0\r\nHost: evil\r\nX: y\r\n\r\nrest";
  for (const std::size_t piece : {1, 2, 5, 1000}) {
    const auto parsed = Parse(request, piece);
    ASSERT_TRUE(parsed.done) << piece;
    EXPECT_TRUE(parsed.head.chunked);
    EXPECT_EQ(parsed.body, "abc0123456789");
    EXPECT_EQ(parsed.rest, "rest");
    EXPECT_EQ(parsed.head.fields.Find("Host"), nullptr);
  }
}

// With asserts, as under sanitizers, Beast's own ended the program here.
TEST(RequestParser, ReadsAnEmptyChunkedBodyHoweverItIsCut) {
  const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string_view body :
       {"0\r\n\r\n", "00\r\n\r\n", "0;a=b\r\n\r\n", "0\r\nT: 1\r\n\r\n"}) {
    for (const std::size_t piece : {1, 2, 3, 4, 1000}) {
      const auto parsed = Parse(head + std::string(body), piece);
      EXPECT_TRUE(parsed.done) << body << piece;
      EXPECT_EQ(parsed.body, "") << body << piece;
    }
  }
}

TEST(RequestParser, KnowsWhetherTheConnectionStays) {
  const auto stays = [](std::string_view start, std::string_view connection) {
    const auto parsed = Parse(std::string(start) + "\r\n" + std::string(connection) + "\r\n", 1000);
    EXPECT_TRUE(parsed.done);
    return parsed.head.keep_alive;
  };
  EXPECT_TRUE(stays("GET / HTTP/1.1", ""));
  EXPECT_FALSE(stays("GET / HTTP/1.1", "Connection: close\r\n"));
  EXPECT_FALSE(stays("GET / HTTP/1.1", "Connection: x, Close\r\n"));
  EXPECT_FALSE(stays("GET / HTTP/1.0", ""));
  EXPECT_TRUE(stays("GET / HTTP/1.0", "Connection: keep-alive\r\n"));
}

// Beast compares with its limit what it still has of a header, and forgets the fields that it has
// taken: without a count of our own, a header of many fields would have no limit.
TEST(RequestParser, BoundsTheWholeHeaderHoweverItIsCut) {
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 10'000; ++i) many += "X: 12345\r\n";
  const auto one = "GET / HTTP/1.1\r\nX: " + std::string(5'000, 'x');
  for (const std::size_t piece : {1, 10, 100, 100'000}) {
    EXPECT_EQ(Parse(many, piece).error.value().code, ErrorCode::kHeaderTooLarge) << piece;
    EXPECT_EQ(Parse(one, piece).error.value().code, ErrorCode::kHeaderTooLarge) << piece;
  }
  const std::string head = "GET / HTTP/1.1\r\nX: 1\r\n\r\n";
  EXPECT_TRUE(Parse(head, 1, head.size()).done);
  EXPECT_TRUE(Parse(head, 1000, head.size()).done);
  EXPECT_EQ(Parse(head, 1, head.size() - 1).error.value().code, ErrorCode::kHeaderTooLarge);
  EXPECT_EQ(Parse(head, 1000, head.size() - 1).error.value().code, ErrorCode::kHeaderTooLarge);
}

TEST(RequestParser, RefusesWhatIsMalformed) {
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  const auto nul = "GET / HTTP/1.1\r\nX: a\0b\r\n\r\n"s;
  for (const auto& request : {
           std::string("\x16\x03\x01\x02"),                          // TLS
           std::string("GET / HTTP/1.1\nHost: h\n\n"),               // LF alone
           std::string("GET / HTTP/1.1\r\nX: a\rb\r\n\r\n"),         // CR alone
           nul,                                                      //
           std::string("GET / HTTP/1.1\r\nHost : h\r\n\r\n"),        // blank before the colon
           std::string("GET / HTTP/1.1\r\n Host: h\r\n\r\n"),        // folded from nothing
           std::string("GET / HTTP/1.1\r\n: h\r\n\r\n"),             // no name
           std::string("GET / HTTP/1.1\r\nHo st: h\r\n\r\n"),        //
           std::string("GET / HTTP/1.2\r\n\r\n"),                    //
           std::string("GET / http/1.1\r\n\r\n"),                    //
           std::string("GET /a b HTTP/1.1\r\n\r\n"),                 //
           std::string("GET /\x7f HTTP/1.1\r\n\r\n"),                //
           post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",  //
           post + "Content-Length: 1, 2\r\n\r\n",                    //
           post + "Content-Length: +1\r\n\r\n",                      //
           post + "Content-Length: 0x1\r\n\r\n",                     //
           post + "Content-Length: 18446744073709551616\r\n\r\n",    //
           post + "Content-Length:\r\n\r\n",                         //
           post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
           post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
           post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
           chunked + "x\r\n",                     //
           chunked + "\r\n",                      //
           chunked + "-1\r\n",                    //
           chunked + "0x1\r\na\r\n",              //
           chunked + "10000000000000000\r\n",     // 2^64
           chunked + "1\r\nab\r\n",               // longer than it says
           chunked + "1\na\r\n0\r\n\r\n",         //
           chunked + "1 ;\r\na\r\n",              // an extension without a name
           chunked + "0\r\nbad trailer\r\n\r\n",  //
       }) {
    SCOPED_TRACE(request);
    for (const std::size_t piece : {1, 1000}) {
      // Where the end of a header is not in sight, Beast may wait for it before it complains.
      const auto parsed = Parse(request + "\r\n\r\n", piece);
      ASSERT_TRUE(parsed.error) << piece;
      EXPECT_EQ(parsed.error->code, ErrorCode::kBadRequest);
      EXPECT_FALSE(parsed.done);
    }
  }
}

// RFC 9112 allows to join the lines as well; whoever stands between may have done something else.
TEST(RequestParser, RefusesAFoldedFieldHoweverItIsCut) {
  for (const std::string_view fields :
       {"X: a\r\n b\r\n", "X: a\r\n\tb\r\n", "X:\r\n b\r\n", "X: a\r\n \r\n",
        "X: a\r\nY: b\r\n c\r\nZ: d\r\n", "Transfer-Encoding:\r\n chunked\r\n",
        "Content-Length:\r\n\t5\r\n"}) {
    SCOPED_TRACE(fields);
    for (const std::size_t piece : {1, 2, 3, 1000}) {
      const auto parsed =
          Parse("GET / HTTP/1.1\r\n" + std::string(fields) + "\r\n0\r\n\r\n", piece);
      ASSERT_TRUE(parsed.error) << piece;
      EXPECT_EQ(parsed.error->code, ErrorCode::kBadRequest);
      EXPECT_FALSE(parsed.has_head);
    }
  }
}

}  // namespace
}  // namespace heartbeat::server
