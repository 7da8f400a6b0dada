#include "server/header_value.h"

#include <gtest/gtest.h>

namespace heartbeat::server {
namespace {

std::string Parameter(std::string_view header, std::string_view name) {
  const auto parsed = ParseHeaderValue(header);
  if (!parsed) return "(malformed)";
  const auto* value = parsed->Find(name);
  return value == nullptr ? "(missing)" : *value;
}

TEST(HeaderValue, ReadsValueAndParameters) {
  const auto parsed = ParseHeaderValue("Multipart/Form-Data ; Boundary=aBc ;charset=\"utf-8\";");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->value, "multipart/form-data");
  ASSERT_EQ(parsed->parameters.size(), 2U);
  EXPECT_EQ(*parsed->Find("boundary"), "aBc");
  EXPECT_EQ(*parsed->Find("charset"), "utf-8");
  EXPECT_EQ(parsed->Find("Boundary"), nullptr);  // names are asked for in lower case
}

TEST(HeaderValue, UnescapesQuotesAndKeepsWindowsPaths) {
  EXPECT_EQ(Parameter(R"(form-data; filename="a \"b\" \\c;d.wav")", "filename"),
            R"(a "b" \c;d.wav)");
  EXPECT_EQ(Parameter(R"(form-data; filename="C:\heart\a.wav")", "filename"), R"(C:\heart\a.wav)");
  EXPECT_EQ(Parameter(R"(form-data; filename="")", "filename"), "");
  EXPECT_EQ(Parameter("form-data; filename=\"h\xc3\xa9 \xe5\xbf\x83.wav\"", "filename"),
            "h\xc3\xa9 \xe5\xbf\x83.wav");
}

TEST(HeaderValue, RefusesWhatCannotBeReadInOneWay) {
  for (const std::string_view text :
       {"", " ", "; a=b", "form-data; name", "form-data; =x", "form-data; name=\"open",
        "form-data; name=\"a\" b", "form-data; name=a; NAME=b", "form-data; na me=a",
        "form-data; name=\"a\nb\"", "form-data; name=a\x7f", "form-data; a;b=c", "form-data;;"}) {
    EXPECT_FALSE(ParseHeaderValue(text)) << text;
  }
  EXPECT_FALSE(ParseHeaderValue(std::string_view("form-data; name=a\0b", 19)));
}

TEST(HeaderValue, DecodesExtendedValues) {
  EXPECT_EQ(DecodeExtendedValue("UTF-8''%e5%bf%83%20a.wav"), "\xe5\xbf\x83 a.wav");
  EXPECT_EQ(DecodeExtendedValue("utf-8'en'a'b"), "a'b");
  EXPECT_EQ(DecodeExtendedValue("ISO-8859-1'de'h%E4rz"), "h\xc3\xa4rz");
  for (const std::string_view text : {"", "a.wav", "UTF-8'a", "UTF-8''%4", "UTF-8''%zz",
                                      "UTF-8''%00", "UTF-8''%0d", "KOI8-R''%c1"}) {
    EXPECT_FALSE(DecodeExtendedValue(text)) << text;
  }
}

TEST(HeaderValue, DecodesPercents) {
  EXPECT_EQ(PercentDecode("a%2Fb%2f"), "a/b/");
  EXPECT_EQ(PercentDecode(""), "");
  for (const std::string_view text : {"%", "%4", "a%4", "%g0", "%0g", "%%41"}) {
    EXPECT_FALSE(PercentDecode(text)) << text;
  }
}

TEST(HeaderValue, ComparesAsciiWithoutCase) {
  EXPECT_TRUE(EqualsIgnoringCase("Content-TYPE", "content-type"));
  EXPECT_FALSE(EqualsIgnoringCase("a", "ab"));
  EXPECT_FALSE(EqualsIgnoringCase("@", "`"));  // 32 apart, but no letters
  EXPECT_EQ(Trim(" \t a b \t"), "a b");
  EXPECT_EQ(Trim(" \t "), "");
}

}  // namespace
}  // namespace heartbeat::server
