#include "cli/data_folder.h"

#include <gtest/gtest.h>

namespace heartbeat::cli {
namespace {

TEST(DataFolder, IsTheUsers) {
  EXPECT_EQ(DefaultDataFolder("/srv/data", "/home/ada"), "/srv/data/heartbeat");
  EXPECT_EQ(DefaultDataFolder("", "/home/ada"), "/home/ada/.local/share/heartbeat");
  // The specification has relative ones ignored.
  EXPECT_EQ(DefaultDataFolder("data", "/home/ada"), "/home/ada/.local/share/heartbeat");
}

TEST(DataFolder, MustBeNamedWhereThereIsNoHome) {
  const auto refused = DefaultDataFolder("", "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message.find("--data-dir"), std::string::npos);
}

TEST(DataFolder, IsTheOneThatWasNamed) { EXPECT_EQ(DataFolder("here"), "here"); }

}  // namespace
}  // namespace heartbeat::cli
