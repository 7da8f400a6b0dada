#include "cli/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace heartbeat::cli {
namespace {

TEST(Printable, KeepsWhatIsText) {
  EXPECT_EQ(Printable("plain a.wav"), "plain a.wav");
  EXPECT_EQ(Printable("Grüße/心音/🫀.wav"), "Grüße/心音/🫀.wav");
  EXPECT_EQ(Printable(""), "");
}

TEST(Printable, DisarmsEscapeSequencesAndControls) {
  EXPECT_EQ(Printable("a\x1b[31mb\n\r\t\x7f"), "a\uFFFD[31mb\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(Printable("\u009b"), "\uFFFD") << "the one-byte CSI of C1";
  EXPECT_EQ(Printable("a\u202Evaw.b"), "a\uFFFDvaw.b") << "right-to-left override";
}

TEST(Printable, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(Printable("\xff"), "\uFFFD");
  EXPECT_EQ(Printable("\xc3"), "\uFFFD") << "cut off";
  EXPECT_EQ(Printable("\xc0\x80"), "\uFFFD\uFFFD") << "overlong";
  EXPECT_EQ(Printable("\xe0\x80\x80"), "\uFFFD\uFFFD\uFFFD") << "overlong";
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD") << "surrogate";
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD") << "beyond U+10FFFF";
  EXPECT_EQ(Printable("\xe5x"), "\uFFFDx") << "the byte after a broken sequence is kept";
}

TEST(DisplayWidth, CountsCodePoints) {
  EXPECT_EQ(DisplayWidth(""), 0U);
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("Grüße"), 5U);
}

TEST(Pad, FillsUpAndNeverCuts) {
  EXPECT_EQ(PadRight("ü", 3), "ü  ");
  EXPECT_EQ(PadLeft("ü", 3), "  ü");
  EXPECT_EQ(PadRight("abcd", 3), "abcd");
  EXPECT_EQ(PadLeft("abcd", 3), "abcd");
}

TEST(KeepEnd, KeepsTheEnd) {
  EXPECT_EQ(KeepEnd("abc", 3), "abc");
  EXPECT_EQ(KeepEnd("abcd", 3), "…cd");
  EXPECT_EQ(KeepEnd("ääöü", 3), "…öü");
  EXPECT_EQ(KeepEnd("abcd", 1), "…");
  EXPECT_EQ(KeepEnd("abcd", 0), "");
}

TEST(Csv, QuotesByRfc4180) {
  EXPECT_EQ(CsvRow(std::vector<std::string>{"a,b", "", "c"}), "\"a,b\",,c\r\n");
}

TEST(Fixed, HasAPointAndItsDigits) {
  EXPECT_EQ(Fixed(0.5, 3), "0.500");
  EXPECT_EQ(Fixed(-2.25, 1), "-2.2") << "round half to even, as printf does";
  EXPECT_EQ(Fixed(std::nan(""), 2), "nan");
  EXPECT_EQ(Fixed(std::numeric_limits<double>::max(), 1).size(), 311U);
}

}  // namespace
}  // namespace heartbeat::cli
