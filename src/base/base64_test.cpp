#include "base/base64.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace heartbeat::base {
namespace {

std::string Encode(std::string_view text) { return Base64(std::as_bytes(std::span(text))); }

// RFC 4648, section 10.
TEST(Base64, OfTheStandard) {
  EXPECT_EQ(Encode(""), "");
  EXPECT_EQ(Encode("f"), "Zg==");
  EXPECT_EQ(Encode("fo"), "Zm8=");
  EXPECT_EQ(Encode("foo"), "Zm9v");
  EXPECT_EQ(Encode("foobar"), "Zm9vYmFy");
}

TEST(Base64, LongBytesAreOneText) {
  // Longer than a piece: two pieces and one byte, so that padding may stand at the end alone.
  const std::vector<std::byte> zeros((std::size_t{6} << 20) + 1);
  std::string expected((std::size_t{8} << 20) + 2, 'A');
  expected += "==";
  EXPECT_TRUE(Base64(zeros) == expected);
}

}  // namespace
}  // namespace heartbeat::base
