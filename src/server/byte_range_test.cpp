#include "server/byte_range.h"

#include <gtest/gtest.h>

namespace heartbeat::server {
namespace {

TEST(ByteRange, IsWhatWasAskedFor) {
  EXPECT_EQ(ParseByteRange("bytes=0-0", 100), (ByteRange{0, 1}));
  EXPECT_EQ(ParseByteRange("bytes=10-19", 100), (ByteRange{10, 10}));
  EXPECT_EQ(ParseByteRange("Bytes= 90- ", 100), (ByteRange{90, 10}));
  EXPECT_EQ(ParseByteRange("bytes=-30", 100), (ByteRange{70, 30}));
}

TEST(ByteRange, EndsWhereTheBytesEnd) {
  EXPECT_EQ(ParseByteRange("bytes=90-1000", 100), (ByteRange{90, 10}));
  EXPECT_EQ(ParseByteRange("bytes=0-18446744073709551615", 100), (ByteRange{0, 100}));
  EXPECT_EQ(ParseByteRange("bytes=0-99999999999999999999999", 100), (ByteRange{0, 100}));
  EXPECT_EQ(ParseByteRange("bytes=-1000", 100), (ByteRange{0, 100}));
}

TEST(ByteRange, MayHoldNothing) {
  EXPECT_EQ(ParseByteRange("bytes=100-", 100), (ByteRange{100, 0}));
  EXPECT_EQ(ParseByteRange("bytes=100-200", 100), (ByteRange{100, 0}));
  EXPECT_EQ(ParseByteRange("bytes=99999999999999999999-", 100), (ByteRange{100, 0}));
  EXPECT_EQ(ParseByteRange("bytes=-0", 100), (ByteRange{100, 0}));
  EXPECT_EQ(ParseByteRange("bytes=0-", 0), (ByteRange{0, 0}));
}

TEST(ByteRange, IsIgnoredWhereItIsNone) {
  for (const auto* header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=5", "bytes=a-b", "bytes=5-4", "bytes=0-1,5-6",
        "lines=0-1", "bytes=+1-2", "bytes=1-2x", "bytes=--5", "0-5"}) {
    EXPECT_FALSE(ParseByteRange(header, 100)) << header;
  }
}

}  // namespace
}  // namespace heartbeat::server
