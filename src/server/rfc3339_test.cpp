#include "server/rfc3339.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace heartbeat::server {
namespace {

std::string Utc(std::string_view text) {
  const auto time = ParseRfc3339(text);
  return time ? base::FormatUtc(*time) : "-";
}

TEST(Rfc3339, IsUnderstood) {
  EXPECT_EQ(Utc("2026-01-31T12:00:00.123Z"), "2026-01-31T12:00:00.123Z");
  EXPECT_EQ(Utc("2026-01-31t12:00:00z"), "2026-01-31T12:00:00.000Z");
  EXPECT_EQ(Utc("2026-01-31 12:00:00.5+01:30"), "2026-01-31T10:30:00.500Z");
  EXPECT_EQ(Utc("2024-02-29T23:59:59.999999-00:30"), "2024-03-01T00:29:59.999Z");
  EXPECT_EQ(Utc("2026-01-31"), "2026-01-31T00:00:00.000Z");
  EXPECT_EQ(Utc("1970-01-01"), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(Utc("2026-12-31T23:59:60Z"), "2027-01-01T00:00:00.000Z");
}

TEST(Rfc3339, IsNothingElse) {
  for (const auto* text : {"",
                           "now",
                           "2026",
                           "2026-02-29",
                           "2026-13-01",
                           "2026-00-10",
                           "2026-01-32",
                           "2026-1-1",
                           "1969-12-31",
                           "2026-01-31T",
                           "2026-01-31T12:00Z",
                           "2026-01-31T24:00:00Z",
                           "2026-01-31T12:60:00Z",
                           "2026-01-31T12:00:61Z",
                           "2026-01-31T12:00:00",
                           "2026-01-31T12:00:00.Z",
                           "2026-01-31T12:00:00+1:00",
                           "2026-01-31T12:00:00Zx",
                           "2026-01-31T12:00:00+24:00",
                           "1970-01-01T00:00:00+01:00",
                           "+026-01-31"}) {
    EXPECT_FALSE(ParseRfc3339(text)) << text;
  }
}

}  // namespace
}  // namespace heartbeat::server
