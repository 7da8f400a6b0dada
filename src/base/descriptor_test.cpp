#include "base/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>

namespace heartbeat::base {
namespace {

bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(Descriptor, ClosesWhatItHoldsOnce) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  {
    Descriptor first(ends[0]);
    Descriptor second(std::move(first));
    EXPECT_EQ(second.get(), ends[0]);
    EXPECT_TRUE(IsOpen(ends[0]));
    Descriptor third(ends[1]);
    third.Close();
    EXPECT_FALSE(third);
    EXPECT_FALSE(IsOpen(ends[1]));
  }
  EXPECT_FALSE(IsOpen(ends[0]));
}

TEST(WriteAll, SaysWhetherAllOfItWasWritten) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const Descriptor in(ends[0]);
  Descriptor out(ends[1]);
  const std::string_view text = "lub dub";
  EXPECT_TRUE(WriteAll(out.get(), std::as_bytes(std::span(text))));
  std::array<char, 16> read{};
  EXPECT_EQ(::read(in.get(), read.data(), read.size()), 7);
  EXPECT_EQ(std::string_view(read.data()), text);
  EXPECT_FALSE(WriteAll(in.get(), std::as_bytes(std::span(text)))) << "the end that is read";
}

}  // namespace
}  // namespace heartbeat::base
