#include "server/secret.h"

#include <gtest/gtest.h>

#include <set>

namespace heartbeat::server {
namespace {

TEST(Secret, IsLongAndNeverTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto secret = NewSecret();
    EXPECT_EQ(secret.size(), 43U);
    EXPECT_EQ(secret.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789-_"),
              std::string::npos);
    EXPECT_TRUE(seen.insert(secret).second);
  }
  EXPECT_EQ(NewName(4).size(), 8U);
}

// hashlib.blake2b(b"abc", digest_size=32, key=b"heartbeat-key-v1").hexdigest() of Python 3.11.
TEST(Secret, IsKeptAsBlake2b) {
  EXPECT_EQ(FormatHash(HashSecret("abc")),
            "bed8fc7ceae4e2169cf70cf0144e7f8f9a95f4376c9f40011579ed9ca105e280");
  EXPECT_EQ(FormatHash(HashSecret("")),
            "ec8028a1fc434b80fa8fd842f5c49f654d4f4322621854dca6362918a30e034c");
}

TEST(Secret, ComparesWholeHashes) {
  const auto hash = HashSecret("a");
  EXPECT_TRUE(SameHash(hash, HashSecret("a")));
  for (std::size_t i = 0; i < hash.size(); ++i) {
    auto other = hash;
    other[i] ^= 1;
    EXPECT_FALSE(SameHash(hash, other)) << i;
  }
}

TEST(Secret, ReadsOnlyWhatItWrites) {
  const auto text = FormatHash(HashSecret("a"));
  EXPECT_EQ(ParseHash(text), HashSecret("a"));
  auto upper = text;
  upper[0] = 'A';
  for (const auto& wrong : {std::string(), text.substr(1), text + "0", upper}) {
    EXPECT_EQ(ParseHash(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace heartbeat::server
