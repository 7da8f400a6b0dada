#include "base/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace heartbeat::base {
namespace {

TEST(ErrorTable, NamesAreUniqueSlugs) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    const auto name = Name(static_cast<ErrorCode>(i));
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos)
        << name;
    EXPECT_TRUE(names.insert(name).second) << name << " stands twice";
  }
}

TEST(ErrorTable, HoldsTheContract) {
  EXPECT_EQ(HttpStatus(ErrorCode::kBadRequest), 400);
  EXPECT_EQ(HttpStatus(ErrorCode::kNotFound), 404);
  EXPECT_EQ(HttpStatus(ErrorCode::kMethodNotAllowed), 405);
  EXPECT_EQ(HttpStatus(ErrorCode::kBodyTooLarge), 413);
  EXPECT_EQ(HttpStatus(ErrorCode::kUnsupportedFormat), 415);
  for (const auto code :
       {ErrorCode::kEmptyRecording, ErrorCode::kRecordingTooShort, ErrorCode::kRecordingTooLong,
        ErrorCode::kSilentRecording, ErrorCode::kNonFiniteSamples, ErrorCode::kTruncatedRecording,
        ErrorCode::kCorruptRecording}) {
    EXPECT_EQ(HttpStatus(code), 422) << Name(code);
  }
  EXPECT_EQ(HttpStatus(ErrorCode::kQueueFull), 429);
  EXPECT_EQ(HttpStatus(ErrorCode::kNoModel), 503);
  EXPECT_EQ(ExitCode(ErrorCode::kInvalidArgument), 2);
  EXPECT_EQ(ExitCode(ErrorCode::kRecordingTooShort), 1);
}

TEST(ErrorTable, UnknownFailureIsOurs) {
  EXPECT_EQ(HttpStatus(static_cast<ErrorCode>(9999)), 500);
  EXPECT_EQ(ExitCode(static_cast<ErrorCode>(9999)), 1);
}

}  // namespace
}  // namespace heartbeat::base
