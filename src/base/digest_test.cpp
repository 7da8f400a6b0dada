#include "base/digest.h"

#include <gtest/gtest.h>

#include <string_view>

namespace heartbeat::base {
namespace {

// Test vectors of FIPS 180-2, appendix B.
TEST(Sha256Hex, KnownVectors) {
  EXPECT_EQ(Sha256Hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex(std::as_bytes(std::span(std::string_view("abc")))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace heartbeat::base
