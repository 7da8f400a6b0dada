#include "base/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace heartbeat::base {
namespace {

TEST(WantsColor, OnlyWhereItIsWelcome) {
  EXPECT_TRUE(WantsColor(true, "", "xterm-256color"));
  EXPECT_TRUE(WantsColor(true, "", ""));
  EXPECT_FALSE(WantsColor(false, "", "xterm"));
  EXPECT_FALSE(WantsColor(true, "1", "xterm"));
  EXPECT_FALSE(WantsColor(true, "", "dumb"));
}

TEST(Terminal, AFileIsNone) {
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  EXPECT_FALSE(IsTerminal(file));
  EXPECT_FALSE(WantsColor(file));
  EXPECT_EQ(TerminalColumns(file, 77), 77U);
  ::close(file);
}

}  // namespace
}  // namespace heartbeat::base
