#include "base/progress.h"

#include <gmock/gmock.h>

namespace heartbeat::base {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ProgressLine, TellsHowMuchAndHowLong) {
  EXPECT_EQ(ProgressLine({.done = 25, .total = 100, .left_s = 30}, 60),
            "[=======>                      ]   25/100   25 %  30 s left");
}

TEST(ProgressLine, ForetellsNothingFromNothing) {
  const std::string line = ProgressLine({.done = 0, .total = 100}, 80);
  EXPECT_THAT(line, StartsWith("[>  "));
  EXPECT_THAT(line, EndsWith("  0/100    0 %"));
}

TEST(ProgressLine, IsFullAtTheEndAndBeyond) {
  EXPECT_THAT(ProgressLine({.done = 7, .total = 7}, 80),
              StartsWith("[========================================]"));
  EXPECT_THAT(ProgressLine({.done = 9, .total = 7, .left_s = 0}, 80),
              HasSubstr("7/7  100 %  0 s left"));
  EXPECT_THAT(ProgressLine({}, 80), HasSubstr("0/1"));
}

TEST(ProgressLine, EndsWithTheNote) {
  EXPECT_THAT(ProgressLine({.done = 1, .total = 2, .left_s = 5, .note = "loss 0.1"}, 80),
              EndsWith("1/2   50 %  5 s left  loss 0.1"));
}

TEST(ProgressLine, NeverWiderThanTheTerminal) {
  for (std::size_t columns = 0; columns < 120; ++columns) {
    EXPECT_LE(
        ProgressLine({.done = 123456, .total = 999999, .left_s = 1e5, .note = "loss 0.1"}, columns)
            .size(),
        columns);
  }
}

class ProgressTest : public testing::Test {
 protected:
  [[nodiscard]] Progress::Options Options(bool enabled) {
    Progress::Options options;
    options.enabled = enabled;
    options.write = [this](std::string_view text) { shown_ += text; };
    options.elapsed_s = [this] { return now_s_; };
    return options;
  }

  double now_s_ = 0;
  std::string shown_;
};

TEST_F(ProgressTest, ShortWorkShowsNothing) {
  {
    Progress progress(10, Options(true));
    now_s_ = 0.9;
    progress.Set(9);
  }
  EXPECT_EQ(shown_, "");
}

TEST_F(ProgressTest, LongWorkShowsALineAndTakesItAway) {
  {
    Progress progress(10, Options(true));
    now_s_ = 2;
    progress.Set(5);
    EXPECT_THAT(shown_, HasSubstr("5/10   50 %  2 s left"));
    const std::string before = shown_;
    now_s_ = 2.05;
    progress.Set(6);
    EXPECT_EQ(shown_, before) << "no line is drawn that soon after another";
    now_s_ = 2.2;
    progress.Set(7);
    EXPECT_THAT(shown_, HasSubstr("7/10"));
  }
  EXPECT_THAT(shown_, EndsWith("\r\x1b[K"));
}

TEST_F(ProgressTest, OthersWriteWhileNoLineIsShown) {
  Progress progress(10, Options(true));
  now_s_ = 2;
  progress.Set(5);
  const std::string line = shown_;
  progress.WithoutLine([this] { shown_ += "row\n"; });
  EXPECT_EQ(shown_, line + "\r\x1b[Krow\n" + line);
}

TEST_F(ProgressTest, WritesNothingWhereItMustNot) {
  {
    Progress progress(10, Options(false));
    now_s_ = 100;
    progress.Set(5);
    progress.WithoutLine([this] { shown_ += "row\n"; });
  }
  EXPECT_EQ(shown_, "row\n");
}

}  // namespace
}  // namespace heartbeat::base
