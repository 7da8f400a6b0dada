#include "server/spool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace heartbeat::server {
namespace {

std::string Content(Spool& spool) {
  const auto bytes = spool.Bytes();
  if (!bytes) return bytes.error().message;
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

class SpoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "spool-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(SpoolTest, KeepsAFewBytesInMemory) {
  Spool spool(8, folder_);
  EXPECT_EQ(Content(spool), "");
  ASSERT_TRUE(spool.Append("1234"));
  ASSERT_TRUE(spool.Append("5678"));
  EXPECT_FALSE(spool.in_file());
  EXPECT_EQ(spool.size(), 8U);
  EXPECT_EQ(Content(spool), "12345678");
}

TEST_F(SpoolTest, MovesMoreToAFileWithoutAName) {
  Spool spool(8, folder_);
  ASSERT_TRUE(spool.Append("12345678"));
  ASSERT_TRUE(spool.Append("9"));
  EXPECT_TRUE(spool.in_file());
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  EXPECT_EQ(Content(spool), "123456789");
  ASSERT_TRUE(spool.Append(std::string(100'000, 'x')));
  EXPECT_EQ(Content(spool), "123456789" + std::string(100'000, 'x'));
  EXPECT_EQ(spool.size(), 100'009U);
}

TEST_F(SpoolTest, MovesWithItsContent) {
  Spool first(2, folder_);
  ASSERT_TRUE(first.Append("abc"));
  Spool second(std::move(first));
  EXPECT_EQ(Content(second), "abc");
  Spool third(100);
  ASSERT_TRUE(third.Append("gone"));
  third = std::move(second);
  EXPECT_EQ(Content(third), "abc");
  ASSERT_TRUE(third.Append("d"));
  EXPECT_EQ(Content(third), "abcd");
}

TEST_F(SpoolTest, SaysWhereNoFileCanBeMade) {
  Spool spool(2, folder_ / "missing");
  ASSERT_TRUE(spool.Append("ab"));
  const auto appended = spool.Append("c");
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, base::ErrorCode::kIo);
  EXPECT_NE(appended.error().message.find("missing"), std::string::npos);
}

}  // namespace
}  // namespace heartbeat::server
