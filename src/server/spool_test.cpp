#include "server/spool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

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

  [[nodiscard]] Spool Make(std::size_t memory_bytes) const {
    return {std::make_shared<SpoolSpace>(1'000, folder_), memory_bytes};
  }

  std::filesystem::path folder_;
};

std::size_t OpenDescriptors() {
  const std::filesystem::directory_iterator folder("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(folder), end(folder)));
}

std::string Pattern(int i) {
  std::string text(static_cast<std::size_t>(i) * 97 % 9'000, '\0');
  for (std::size_t k = 0; k < text.size(); ++k) text[k] = static_cast<char>(k * 31 + i);
  return text.size() < 5 ? "small" : text;
}

TEST_F(SpoolTest, KeepsAFewBytesInMemory) {
  auto spool = Make(8);
  EXPECT_EQ(Content(spool), "");
  ASSERT_TRUE(spool.Append("1234"));
  ASSERT_TRUE(spool.Append("5678"));
  EXPECT_FALSE(spool.in_file());
  EXPECT_EQ(spool.size(), 8U);
  EXPECT_EQ(Content(spool), "12345678");
}

TEST_F(SpoolTest, MovesMoreToAFileWithoutAName) {
  auto spool = Make(8);
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
  auto first = Make(2);
  ASSERT_TRUE(first.Append("abc"));
  EXPECT_EQ(Content(first), "abc");
  Spool second(std::move(first));
  EXPECT_EQ(Content(second), "abc");
  auto third = Make(100);
  ASSERT_TRUE(third.Append("gone"));
  third = std::move(second);
  EXPECT_EQ(Content(third), "abc");
  ASSERT_TRUE(third.Append("d"));
  EXPECT_EQ(Content(third), "abcd");
}

TEST_F(SpoolTest, SharesOneFileAmongAllOfASpace) {
  const auto before = OpenDescriptors();
  const auto space = std::make_shared<SpoolSpace>(1'000'000, folder_);
  std::vector<Spool> spools;
  for (int i = 0; i < 300; ++i) {
    spools.emplace_back(space, 8);
    // Sizes around the page's, and some that stay in memory.
    ASSERT_TRUE(spools.back().Append(Pattern(i).substr(0, 5)));
    ASSERT_TRUE(spools.back().Append(Pattern(i).substr(5)));
  }
  EXPECT_EQ(OpenDescriptors(), before + 1);
  for (int i = 299; i >= 0; --i) EXPECT_EQ(Content(spools[i]), Pattern(i)) << i;
  // Complete ones are independent of each other.
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 3; ++thread) {
      threads.emplace_back([&spools, thread] {
        for (int i = thread; i < 300; i += 3) {
          EXPECT_EQ(Content(spools[i]), Pattern(i));
          spools[i].Unmap();
        }
      });
    }
  }
  spools.clear();
}

TEST_F(SpoolTest, BoundsTheMemoryOfAllOfASpace) {
  const auto space = std::make_shared<SpoolSpace>(10, folder_);
  Spool first(space, 8);
  ASSERT_TRUE(first.Append("12345678"));
  Spool second(space, 8);
  ASSERT_TRUE(second.Append("12"));
  EXPECT_FALSE(second.in_file());
  ASSERT_TRUE(second.Append("3"));  // small itself, but there is no memory left
  EXPECT_TRUE(second.in_file());
  Spool third(space, 8);
  ASSERT_TRUE(third.Append("ab"));  // what the second gave back
  EXPECT_FALSE(third.in_file());
  EXPECT_EQ(Content(first), "12345678");
  EXPECT_EQ(Content(second), "123");
  EXPECT_EQ(Content(third), "ab");
}

TEST_F(SpoolTest, GivesBackWhatItForgets) {
  const auto space = std::make_shared<SpoolSpace>(8, folder_);
  Spool kept(space, 2);
  ASSERT_TRUE(kept.Append("kept"));
  Spool dropped(space, 8);
  ASSERT_TRUE(dropped.Append("12345678"));
  dropped.Clear();
  EXPECT_EQ(dropped.size(), 0U);
  EXPECT_EQ(Content(dropped), "");
  ASSERT_TRUE(dropped.Append("12345678"));  // the memory is free again
  EXPECT_FALSE(dropped.in_file());
  ASSERT_TRUE(dropped.Append(std::string(50'000, 'x')));
  const auto end = space->end();
  dropped.Clear();
  EXPECT_LT(space->end(), end - 40'000);
  Spool next(space, 2);
  ASSERT_TRUE(next.Append("another"));
  EXPECT_EQ(Content(kept), "kept");
  EXPECT_EQ(Content(next), "another");
}

TEST_F(SpoolTest, SaysWhereNoFileCanBeMade) {
  Spool spool(std::make_shared<SpoolSpace>(100, folder_ / "missing"), 2);
  ASSERT_TRUE(spool.Append("ab"));
  const auto appended = spool.Append("c");
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, base::ErrorCode::kIo);
  EXPECT_NE(appended.error().message.find("missing"), std::string::npos);
}

}  // namespace
}  // namespace heartbeat::server
