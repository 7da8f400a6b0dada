#include "server/query_string.h"

#include <gtest/gtest.h>

#include <array>

namespace heartbeat::server {
namespace {

constexpr std::array<std::string_view, 3> kKnown = {"name", "from", "limit"};

TEST(QueryString, IsDecoded) {
  const auto parsed = ParseQuery("name=M%C3%BCller+%2B%26%3D&limit=5&&from=", kKnown);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(*parsed, (QueryParameters{{"name", "M\xc3\xbcller +&="}, {"limit", "5"}}));
  EXPECT_EQ(ParseQuery("", kKnown), QueryParameters());
  EXPECT_EQ(ParseQuery("limit", kKnown), QueryParameters());
  EXPECT_EQ(ParseQuery("name=a=b", kKnown), (QueryParameters{{"name", "a=b"}}));
}

TEST(QueryString, RefusesWhatMakesNoSense) {
  for (const auto* query : {"verdict=x", "limit=1&limit=1", "name=%", "name=%4", "name=%zz", "%=1",
                            "name=%ff", "name=a%00b", "=1"}) {
    const auto parsed = ParseQuery(query, kKnown);
    ASSERT_FALSE(parsed) << query;
    EXPECT_EQ(parsed.error().code, base::ErrorCode::kInvalidArgument) << query;
  }
  EXPECT_NE(ParseQuery("a=1", kKnown).error().message.find("`name`, `from`, `limit`"),
            std::string::npos);
  EXPECT_NE(ParseQuery("a=1", {}).error().message.find("no parameters"), std::string::npos);
}

}  // namespace
}  // namespace heartbeat::server
