#include "server/folder_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "base/child_process.h"
#include "base/id.h"

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;

class FolderLockTest : public testing::Test {
 protected:
  ~FolderLockTest() override {
    std::error_code ignored;
    fs::remove(file_, ignored);
  }
  const fs::path file_ = fs::temp_directory_path() / ("heartbeat-lock-" + base::NewId());
};

TEST_F(FolderLockTest, OneAtATime) {
  EXPECT_FALSE(FolderLock::IsHeld(file_)) << "there is no such file yet";
  {
    const auto first = FolderLock::Take(file_);
    ASSERT_TRUE(first && *first);
    EXPECT_TRUE(FolderLock::IsHeld(file_));
    const auto second = FolderLock::Take(file_);
    ASSERT_TRUE(second);
    EXPECT_FALSE(*second);
    EXPECT_TRUE(FolderLock::IsHeld(file_)) << "a look or a failed try took it away";
  }
  EXPECT_FALSE(FolderLock::IsHeld(file_));
  const auto again = FolderLock::Take(file_);
  EXPECT_TRUE(again && *again);
}

TEST_F(FolderLockTest, StaysWithWhatWasStarted) {
  auto lock = FolderLock::Take(file_);
  ASSERT_TRUE(lock && *lock);
  auto child = base::ChildProcess::Start(
      {.program = "/bin/sleep", .arguments = {"60"}, .out = {}, .err = {}});
  ASSERT_TRUE(child) << child.error().message;
  lock->reset();
  EXPECT_TRUE(FolderLock::IsHeld(file_)) << "whoever comes next would work beside it";
  child->Interrupt();
  for (int i = 0; i < 1000 && !child->Poll(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_FALSE(FolderLock::IsHeld(file_));
}

TEST_F(FolderLockTest, NamesTheFileThatItCannotMake) {
  const auto lock = FolderLock::Take("/nowhere/lock");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, base::ErrorCode::kIo);
}

}  // namespace
}  // namespace heartbeat::server
