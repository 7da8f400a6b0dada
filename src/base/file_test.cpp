#include "base/file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace heartbeat::base {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_ = fs::temp_directory_path() / ("heartbeat-file-" + std::to_string(::getpid()));
};

TEST_F(FileTest, WritesAndReadsBack) {
  const fs::path path = folder_ / "a.txt";
  ASSERT_TRUE(WriteFileAtomically(path, "first"));
  ASSERT_TRUE(WriteFileAtomically(path, "second"));
  EXPECT_EQ(ReadTextFile(path).value(), "second");
  EXPECT_EQ(ReadFile(path).value().size(), 6U);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1)
      << "a temporary file was left behind";
}

TEST_F(FileTest, MissingFileIsNotFound) {
  const auto result = ReadFile(folder_ / "none");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
  EXPECT_NE(result.error().message.find("none"), std::string::npos);
}

TEST_F(FileTest, FolderIsNoFile) {
  const auto result = ReadFile(folder_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kIo);
}

TEST_F(FileTest, LimitHoldsBeforeReading) {
  const fs::path path = folder_ / "a.txt";
  ASSERT_TRUE(WriteFileAtomically(path, "12345"));
  EXPECT_TRUE(ReadFile(path, 5));
  const auto result = ReadFile(path, 4);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBodyTooLarge);
}

TEST_F(FileTest, WritingIntoNoFolderFailsAndLeavesNothing) {
  const auto result = WriteFileAtomically(folder_ / "none" / "a.txt", "x");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kIo);
}

TEST_F(FileTest, CanBeTheOwnersAlone) {
  const auto path = folder_ / "secret";
  ASSERT_TRUE(WriteFileAtomically(path, "usual"));
  ASSERT_TRUE(WriteFileAtomically(path, "secret", Readers::kOwnerOnly));
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(ExecutablePath, IsThisTest) {
  EXPECT_NE(ExecutablePath().value().filename().string().find("test"), std::string::npos);
}

}  // namespace
}  // namespace heartbeat::base
