#include "server/multipart.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace heartbeat::server {
namespace {

struct Part {
  PartHeader header;
  std::string data;
  bool ended = false;
};

class Collector final : public MultipartSink {
 public:
  base::Result<void> OnPartBegin(const PartHeader& header) override {
    EXPECT_TRUE(parts.empty() || parts.back().ended);
    parts.push_back({.header = header, .data = {}, .ended = false});
    return {};
  }
  base::Result<void> OnPartData(std::string_view data) override {
    EXPECT_FALSE(data.empty());
    parts.back().data += data;
    if (parts.back().data.size() > fail_after) {
      return base::Fail(base::ErrorCode::kBodyTooLarge, "enough");
    }
    return {};
  }
  base::Result<void> OnPartEnd() override {
    EXPECT_FALSE(parts.back().ended);
    parts.back().ended = true;
    return {};
  }

  std::vector<Part> parts;
  std::size_t fail_after = SIZE_MAX;
};

struct Outcome {
  std::vector<Part> parts;
  std::string error;  // "" where there was none
};

// Feeds `body` in pieces: each of the lengths in turn, then the rest.
Outcome Parse(std::string_view body, const std::vector<std::size_t>& pieces = {},
              const MultipartLimits& limits = {}) {
  Collector collector;
  MultipartParser parser("bound", limits, collector);
  base::Result<void> result;
  for (const auto piece : pieces) {
    if (result) result = parser.Feed(body.substr(0, piece));
    body.remove_prefix(std::min(piece, body.size()));
  }
  if (result) result = parser.Feed(body);
  if (result) result = parser.Finish();
  if (!result) {
    EXPECT_EQ(result.error().code, base::ErrorCode::kBadRequest);
  }
  return {.parts = collector.parts, .error = result ? "" : result.error().message};
}

Outcome ParseByteByByte(std::string_view body) {
  return Parse(body, std::vector<std::size_t>(body.size(), 1));
}

std::string OnePart(std::string_view content,
                    std::string_view header = "Content-Disposition: form-data; name=\"file\"") {
  return "--bound\r\n" + std::string(header) + "\r\n\r\n" + std::string(content) +
         "\r\n--bound--\r\n";
}

constexpr std::string_view kForm =
    "preamble\r\n--bound\r\n"
    "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
    "content-type:  audio/wav \r\n\r\n"
    "one\r\n--boun\r\r\n-\r\n--bounx two\r\n"
    "\r\n--bound \t\r\n"
    "CONTENT-DISPOSITION: form-data; name=location\r\n\r\n"
    "MV\r\n--bound\r\n"
    "Content-Disposition: form-data; name=\"empty\"\r\n\r\n"
    "\r\n--bound--\r\nepilogue --bound\r\n";

void ExpectForm(const Outcome& outcome) {
  ASSERT_EQ(outcome.error, "");
  ASSERT_EQ(outcome.parts.size(), 3U);
  EXPECT_EQ(outcome.parts[0].header.name, "file");
  EXPECT_EQ(outcome.parts[0].header.file_name, "a.wav");
  EXPECT_EQ(outcome.parts[0].header.content_type, "audio/wav");
  EXPECT_EQ(outcome.parts[0].data, "one\r\n--boun\r\r\n-\r\n--bounx two\r\n");
  EXPECT_EQ(outcome.parts[1].header.name, "location");
  EXPECT_FALSE(outcome.parts[1].header.file_name);
  EXPECT_EQ(outcome.parts[1].data, "MV");
  EXPECT_EQ(outcome.parts[2].header.name, "empty");
  EXPECT_EQ(outcome.parts[2].data, "");
  for (const auto& part : outcome.parts) EXPECT_TRUE(part.ended);
}

TEST(Multipart, ReadsAForm) { ExpectForm(Parse(kForm)); }

TEST(Multipart, ReadsAFormInTwoPiecesSplitAnywhere) {
  for (std::size_t at = 0; at <= kForm.size(); ++at) {
    SCOPED_TRACE(at);
    ExpectForm(Parse(kForm, {at}));
  }
}

TEST(Multipart, ReadsAFormInPiecesOfAnyOneSize) {
  for (std::size_t size = 1; size <= 24; ++size) {
    SCOPED_TRACE(size);
    ExpectForm(Parse(kForm, std::vector<std::size_t>(kForm.size() / size + 1, size)));
  }
}

TEST(Multipart, KeepsContentThatLooksLikeABoundary) {
  for (const std::string_view content :
       {"\r", "\n", "\r\n", "\r\n\r\n", "\r\n-", "\r\n--", "\r\n--b", "\r\n--boun", "\r\r\n--boun",
        "\r\n--boun\r\n--boun", "x\r\n--BOUND", "\n--bound", "x--bound", "x--bound--",
        "\r\r\r\n\n--bound", "-", "--", "--boun", "--boun\r\n"}) {
    SCOPED_TRACE(content);
    for (const auto& outcome : {Parse(OnePart(content)), ParseByteByByte(OnePart(content))}) {
      ASSERT_EQ(outcome.error, "");
      ASSERT_EQ(outcome.parts.size(), 1U);
      EXPECT_EQ(outcome.parts[0].data, content);
    }
  }
}

TEST(Multipart, KeepsEveryByteValue) {
  std::string content;
  for (int round = 0; round < 300; ++round) {
    for (int byte = 0; byte < 256; ++byte) content.push_back(static_cast<char>(byte * (round + 1)));
  }
  const auto outcome = Parse(OnePart(content), {1, 70, 333, 5000});
  ASSERT_EQ(outcome.error, "");
  ASSERT_EQ(outcome.parts.size(), 1U);
  EXPECT_EQ(outcome.parts[0].data, content);
}

TEST(Multipart, TakesAnEmptyFormAndADelimiterRightAfterAHeader) {
  EXPECT_EQ(Parse("--bound--").error, "");
  EXPECT_TRUE(Parse("--bound--").parts.empty());
  const std::string body = "--bound\r\nContent-Disposition: form-data; name=a\r\n\r\n--bound--";
  for (const auto& outcome : {Parse(body), ParseByteByByte(body)}) {
    ASSERT_EQ(outcome.error, "");
    ASSERT_EQ(outcome.parts.size(), 1U);
    EXPECT_EQ(outcome.parts[0].data, "");
  }
}

TEST(Multipart, RefusesEveryFormThatIsCutOff) {
  const auto complete = kForm.find("--bound--") + std::string_view("--bound--").size();
  for (std::size_t length = 0; length < complete; ++length) {
    EXPECT_NE(Parse(kForm.substr(0, length)).error.find("closing boundary"), std::string::npos)
        << length;
  }
  EXPECT_EQ(Parse(kForm.substr(0, complete)).error, "");
}

TEST(Multipart, RefusesABoundaryLineWithSomethingBehindIt) {
  for (const std::string_view body :
       {"--boundary\r\n", "--bound-x", "--bound \rx", "--bound\n", "--bound\r\r\n", "--bound -"}) {
    EXPECT_NE(Parse(body).error.find("line end"), std::string::npos) << body;
  }
  const auto blanks = "--bound" + std::string(1000, ' ');
  EXPECT_NE(Parse(blanks).error.find("too many blanks"), std::string::npos);
}

TEST(Multipart, RefusesHeadersItCannotRead) {
  for (const std::string_view header :
       {"Content-Disposition", ": form-data; name=a", "Content-Type: text/plain",
        "Content-Disposition: attachment; name=a", "Content-Disposition: form-data",
        "Content-Disposition: form-data; filename=a", "Content-Disposition: form-data; name=\"a",
        "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b",
        "Content-Disposition: form-data; name=a\r\n folded: b\rc", "\n",
        "Content-Disposition: form-data; name=a; filename*=UTF-8''%zz"}) {
    EXPECT_NE(Parse(OnePart("x", header)).error, "") << header;
  }
  EXPECT_NE(Parse("--bound\r\n\r\nx\r\n--bound--").error.find("no Content-Disposition"),
            std::string::npos);
}

TEST(Multipart, PrefersAnExtendedFileNameThatDecodes) {
  const auto name = [](std::string_view parameters) {
    const auto outcome = Parse(
        OnePart("x", "Content-Disposition: form-data; name=file; " + std::string(parameters)));
    return outcome.parts.empty() ? outcome.error : outcome.parts[0].header.file_name.value_or("-");
  };
  EXPECT_EQ(name("filename=\"a.wav\"; filename*=UTF-8''%c3%a4.wav"), "\xc3\xa4.wav");
  EXPECT_EQ(name("filename*=UTF-8''%c3%a4.wav"), "\xc3\xa4.wav");
  EXPECT_EQ(name("filename=\"a.wav\"; filename*=broken"), "a.wav");
  EXPECT_EQ(name("filename=\"a\\\"b.wav\""), "a\"b.wav");
  EXPECT_EQ(name("filename=\"\xff\xfe.wav\""), "\xff\xfe.wav");  // not UTF-8, but data all the same
  EXPECT_EQ(name("filename=\"\""), "");
}

TEST(Multipart, BoundsHeadersAndParts) {
  const MultipartLimits limits{.max_parts = 2, .max_part_header_bytes = 100};
  const std::string header = "Content-Disposition: form-data; name=a";
  EXPECT_EQ(Parse(OnePart("x", header), {}, limits).error, "");
  const auto long_header = Parse(OnePart("x", header + std::string(100, 'a')), {}, limits);
  EXPECT_NE(long_header.error.find("100 bytes"), std::string::npos);
  const auto endless = Parse("--bound\r\n" + std::string(5000, 'a'), {}, limits);
  EXPECT_NE(endless.error.find("100 bytes"), std::string::npos);
  std::string parts;
  for (int i = 0; i < 3; ++i) parts += "--bound\r\n" + header + "\r\n\r\nx\r\n";
  const auto many = Parse(parts + "--bound--", {}, limits);
  EXPECT_NE(many.error.find("2 parts"), std::string::npos);
  EXPECT_EQ(many.parts.size(), 2U);
}

TEST(Multipart, StopsForGoodOnTheSinksError) {
  Collector collector;
  collector.fail_after = 3;
  MultipartParser parser("bound", {}, collector);
  const auto body = OnePart("12345");
  const auto fed = parser.Feed(body);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, base::ErrorCode::kBodyTooLarge);
  EXPECT_FALSE(parser.Feed("more"));
  ASSERT_FALSE(parser.Finish());
  EXPECT_EQ(parser.Finish().error().message, "enough");
  EXPECT_EQ(collector.parts[0].data, "12345");
}

TEST(Multipart, FindsTheBoundaryOfAContentType) {
  const auto of = &MultipartParser::BoundaryOf;
  EXPECT_EQ(of("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(of("Multipart/Form-Data; charset=utf-8; BOUNDARY=\"a b\""), "a b");
  EXPECT_EQ(of("multipart/form-data; boundary=" + std::string(70, 'x')), std::string(70, 'x'));
  for (const std::string& text :
       {std::string("multipart/form-data"), std::string("multipart/mixed; boundary=a"),
        std::string("application/json"), std::string("multipart/form-data; boundary="),
        std::string("multipart/form-data; boundary=\"a \""),
        std::string("multipart/form-data; boundary=\xc3\xa4"), std::string(),
        "multipart/form-data; boundary=" + std::string(71, 'x')}) {
    EXPECT_FALSE(of(text)) << text;
  }
}

}  // namespace
}  // namespace heartbeat::server
