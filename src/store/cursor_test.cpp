#include "store/cursor.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/id.h"

namespace heartbeat::store {
namespace {

TEST(Cursor, ComesBackAsItWent) {
  for (const std::int64_t time_ms : {std::int64_t{0}, std::int64_t{1'700'000'000'123},
                                     std::numeric_limits<std::int64_t>::max()}) {
    const Position position{time_ms, base::NewId()};
    const auto cursor = EncodeCursor(position);
    EXPECT_EQ(cursor.size(), 49U);
    EXPECT_EQ(cursor.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(DecodeCursor(cursor).value(), position);
  }
}

TEST(Cursor, AnythingElseIsRefused) {
  const std::string good = EncodeCursor({1'700'000'000'123, base::NewId()});
  const std::string id = good.substr(17);
  for (const std::string& bad :
       {std::string("x"), good + "0", good.substr(1), "2" + good.substr(1),
        "1-00000000000001" + std::string("0") + id, "1000000000000000A" + id,
        "1" + std::string(16, 'f') + id, "1" + std::string(16, ' ') + id, good.substr(0, 48) + "G",
        good.substr(0, 48) + "-", std::string(49, '\0')}) {
    const auto decoded = DecodeCursor(bad);
    ASSERT_FALSE(decoded) << bad;
    EXPECT_EQ(decoded.error().code, base::ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace heartbeat::store
