#include "base/clock.h"

#include <gtest/gtest.h>

#include <cmath>

namespace heartbeat::base {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

TEST(FormatUtc, IsRfc3339WithMilliseconds) {
  EXPECT_EQ(FormatUtc(system_clock::time_point(milliseconds(1769860800123))),
            "2026-01-31T12:00:00.123Z");
  EXPECT_EQ(FormatUtc(system_clock::time_point(milliseconds(0))), "1970-01-01T00:00:00.000Z");
}

TEST(FormatUtc, BeforeTheEpoch) {
  EXPECT_EQ(FormatUtc(system_clock::time_point(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(FormatDuration, PicksItsUnits) {
  EXPECT_EQ(FormatDuration(41.6), "42 s");
  EXPECT_EQ(FormatDuration(187), "3 min 07 s");
  EXPECT_EQ(FormatDuration(3720), "1 h 02 min");
  EXPECT_EQ(FormatDuration(-1), "-");
  EXPECT_EQ(FormatDuration(std::nan("")), "-");
}

}  // namespace
}  // namespace heartbeat::base
