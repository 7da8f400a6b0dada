#include "server/compute_threads.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "server/test_folder.h"

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

TEST(ComputeThreads, AreOnePerCoreWhereMemoryAllows) {
  EXPECT_EQ(ComputeThreads(16, std::nullopt), 16U);
  EXPECT_EQ(ComputeThreads(0, std::nullopt), 1U) << "where the number of cores is not known";
  EXPECT_EQ(ComputeThreads(16, 64 * 1024 * kMiB), 16U);
  EXPECT_EQ(ComputeThreads(16, 1024 * kMiB), 8U);
  EXPECT_EQ(ComputeThreads(16, 512 * kMiB), 4U);
  EXPECT_EQ(ComputeThreads(2, 512 * kMiB), 2U);
  EXPECT_EQ(ComputeThreads(2, 256 * kMiB), 1U);
  EXPECT_EQ(ComputeThreads(16, 128 * kMiB), 1U);
  EXPECT_EQ(ComputeThreads(16, 0), 1U);
}

class MemoryLimitTest : public testing::Test {
 protected:
  void Write(const fs::path& name, const std::string& text) const {
    const auto path = folder_.path() / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text << '\n';
  }
  [[nodiscard]] std::optional<std::uint64_t> Limit() const {
    return MemoryLimitBytes(folder_.path() / "membership", folder_.path() / "groups");
  }

  TestFolder folder_;
};

TEST_F(MemoryLimitTest, IsTheSmallestOfAllGroupsOfVersion2) {
  Write("membership", "0::/system/heart/beat");
  EXPECT_EQ(Limit(), std::nullopt);
  Write("groups/system/heart/beat/memory.max", "max");
  EXPECT_EQ(Limit(), std::nullopt);
  Write("groups/system/memory.max", "300000000");
  EXPECT_EQ(Limit(), 300'000'000U);
  Write("groups/system/heart/beat/memory.max", "200000000");
  EXPECT_EQ(Limit(), 200'000'000U);
  Write("groups/memory.max", "100000000");  // as a container sees its own
  EXPECT_EQ(Limit(), 100'000'000U);
}

TEST_F(MemoryLimitTest, IsThatOfTheMemoryGroupOfVersion1) {
  Write("membership", "9:cpu,cpuacct:/a\n4:hugetlb,memory:/docker/1\n0::/x");
  Write("groups/memory/docker/1/memory.limit_in_bytes", "9223372036854771712");
  EXPECT_EQ(Limit(), std::nullopt) << "what version 1 says for no limit";
  Write("groups/memory/docker/1/memory.limit_in_bytes", "268435456");
  EXPECT_EQ(Limit(), 256 * kMiB);
}

TEST_F(MemoryLimitTest, IsNoneWhereNothingMakesSense) {
  EXPECT_EQ(Limit(), std::nullopt);
  for (const char* membership : {"", "nonsense", "0:", "0::", "1:memory:", "::"}) {
    Write("membership", membership);
    Write("groups/memory.max", "-1");
    EXPECT_EQ(Limit(), std::nullopt) << membership;
  }
}

}  // namespace
}  // namespace heartbeat::server
