#include "server/log_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace heartbeat::server {
namespace {

class LogFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "log-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] static std::string Text(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  std::filesystem::path folder_;
};

TEST_F(LogFileTest, AppendsToAFile) {
  const auto path = folder_ / "requests";
  std::ofstream(path) << "before\n";
  const auto log = OpenLog(path.string());
  ASSERT_TRUE(log);
  (*log)("one");
  (*log)("two");
  EXPECT_EQ(Text(path), "before\none\ntwo\n");
}

TEST_F(LogFileTest, IsForItsOwnerAndGroup) {
  const auto path = folder_ / "new";
  ASSERT_TRUE(OpenLog(path.string()));
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0137U, 0U);  // nothing for others, and no more than 0640
}

TEST_F(LogFileTest, BeginsAnewWhereItWasMovedAway) {
  const auto path = folder_ / "requests";
  const auto log = OpenLog(path.string());
  ASSERT_TRUE(log);
  (*log)("one");
  std::filesystem::rename(path, folder_ / "requests.1");
  (*log)("two");
  EXPECT_EQ(Text(folder_ / "requests.1"), "one\n");
  EXPECT_EQ(Text(path), "two\n");
}

TEST_F(LogFileTest, SaysWhatIsNotWritten) {
  const auto full = LogFile::Open("/dev/full", 0600);
  ASSERT_TRUE(full);
  EXPECT_FALSE((*full)->Write("one"));
  const auto path = folder_ / "lines";
  const auto log = LogFile::Open(path, 0600);
  ASSERT_TRUE(log);
  EXPECT_TRUE((*log)->Write("one"));
  // As where the folder is gone: the line is in a file that nobody finds.
  std::filesystem::rename(folder_, folder_.string() + "-gone");
  EXPECT_FALSE((*log)->Write("two"));
  std::filesystem::rename(folder_.string() + "-gone", folder_);
  EXPECT_TRUE((*log)->Write("three"));
  EXPECT_EQ(Text(path), "one\ntwo\nthree\n");
}

TEST_F(LogFileTest, KeepsLinesOfSeveralThreadsApart) {
  const auto path = folder_ / "requests";
  const auto log = OpenLog(path.string());
  ASSERT_TRUE(log);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&log, i] {
        for (int k = 0; k < 100; ++k) (*log)(std::string(200, static_cast<char>('a' + i)));
      });
    }
  }
  std::ifstream file(path);
  int count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    ASSERT_EQ(line.size(), 200U);
    ASSERT_EQ(line.find_first_not_of(line.front()), std::string::npos);
  }
  EXPECT_EQ(count, 400);
}

TEST_F(LogFileTest, KnowsStandardOutputAndNothing) {
  const auto none = OpenLog("off");
  const auto output = OpenLog("-");
  ASSERT_TRUE(none);
  ASSERT_TRUE(output);
  ::testing::internal::CaptureStdout();
  (*none)("lost");
  (*output)("a line");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "a line\n");
}

TEST_F(LogFileTest, SaysWhyItCannotBeOpened) {
  const auto log = OpenLog((folder_ / "missing" / "requests").string());
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, base::ErrorCode::kIo);
  EXPECT_NE(log.error().message.find("missing"), std::string::npos);
}

}  // namespace
}  // namespace heartbeat::server
