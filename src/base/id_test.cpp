#include "base/id.h"

#include <gtest/gtest.h>

#include <chrono>
#include <regex>
#include <set>
#include <thread>

namespace heartbeat::base {
namespace {

TEST(NewId, IsAUuidOfVersion7) {
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  EXPECT_TRUE(std::regex_match(NewId(), form));
}

TEST(NewId, IsUniqueAndSortsByTime) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(NewId());
  EXPECT_EQ(ids.size(), 1000U);
  const std::string last = *ids.rbegin();
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  EXPECT_GT(NewId(), last);
}

}  // namespace
}  // namespace heartbeat::base
