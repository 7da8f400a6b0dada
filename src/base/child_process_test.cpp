#include "base/child_process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include "base/file.h"

namespace heartbeat::base {
namespace {

namespace fs = std::filesystem;

class ChildProcessTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] ChildOptions Shell(const std::string& script) const {
    return {"/bin/sh", {"-c", script}, folder_ / "out", folder_ / "err"};
  }
  // The exit code, waited for at most 30 s.
  static int Wait(ChildProcess& child) {
    for (int i = 0; i < 3000; ++i) {
      if (const auto code = child.Poll()) return *code;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "it does not end";
    return -1;
  }
  // Until the child has written to standard output.
  void WaitForOutput() const {
    for (int i = 0; i < 3000 && fs::file_size(folder_ / "out") == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  fs::path folder_ = fs::temp_directory_path() / ("heartbeat-child-" + std::to_string(::getpid()));
};

TEST_F(ChildProcessTest, GivesItsOutputAndExitCode) {
  auto child = ChildProcess::Start(Shell("echo said; echo complained >&2; cat; exit 3"));
  ASSERT_TRUE(child) << child.error().message;
  EXPECT_EQ(Wait(*child), 3);
  EXPECT_EQ(child->Poll(), 3) << "again";
  EXPECT_EQ(ReadTextFile(folder_ / "out").value(), "said\n");
  EXPECT_EQ(ReadTextFile(folder_ / "err").value(), "complained\n");
}

TEST_F(ChildProcessTest, WhatCannotBeStartedIsNamed) {
  const auto none = ChildProcess::Start({folder_ / "none", {}, {}, {}});
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("none"), std::string::npos);
  const auto unwritable = ChildProcess::Start({"/bin/true", {}, folder_ / "no/out", {}});
  ASSERT_FALSE(unwritable);
  EXPECT_NE(unwritable.error().message.find("no/out"), std::string::npos);
}

TEST_F(ChildProcessTest, InterruptReachesItOnce) {
  auto child = ChildProcess::Start(
      Shell("trap 'echo interrupted; exit 130' INT; echo ready; while :; do sleep 0.05; done"));
  ASSERT_TRUE(child) << child.error().message;
  WaitForOutput();
  EXPECT_FALSE(child->Poll());
  child->Interrupt();
  EXPECT_EQ(Wait(*child), 130);
  EXPECT_EQ(ReadTextFile(folder_ / "out").value(), "ready\ninterrupted\n");
}

TEST_F(ChildProcessTest, IsAGroupOfItsOwn) {
  auto child = ChildProcess::Start(Shell("ps -o pgid= -p $$ | tr -d ' '; echo $$"));
  ASSERT_TRUE(child) << child.error().message;
  ASSERT_EQ(Wait(*child), 0);
  const std::string lines = ReadTextFile(folder_ / "out").value();
  const std::size_t end = lines.find('\n');
  EXPECT_EQ(lines.substr(0, end + 1), lines.substr(end + 1)) << "its pid is its group's";
}

TEST_F(ChildProcessTest, IsKilledWithItsObject) {
  {
    auto child = ChildProcess::Start(Shell("trap '' INT TERM; echo $$; while :; do sleep 1; done"));
    ASSERT_TRUE(child) << child.error().message;
    WaitForOutput();
  }
  const int pid = std::stoi(ReadTextFile(folder_ / "out").value());
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(ChildProcessTest, EndsWithTheThreadThatStartedIt) {
  std::optional<ChildProcess> child;
  std::thread([&] {
    auto started = ChildProcess::Start(Shell("echo ready; exec sleep 60"));
    if (started) child.emplace(std::move(*started));
  }).join();
  ASSERT_TRUE(child);
  EXPECT_EQ(Wait(*child), 128 + SIGTERM);
}

}  // namespace
}  // namespace heartbeat::base
