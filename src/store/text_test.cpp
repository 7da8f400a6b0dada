#include "store/text.h"

#include <gtest/gtest.h>

#include "base/id.h"

namespace heartbeat::store {
namespace {

TEST(ToValidUtf8, LeavesWhatIsWellFormed) {
  for (const std::string text : {"", "a0001.wav", "Äöü", "心音.wav", "\U0001F493"}) {
    EXPECT_EQ(ToValidUtf8(text), text);
  }
}

TEST(ToValidUtf8, ReplacesEachStrayByte) {
  const std::string_view replaced = "\xEF\xBF\xBD";
  const auto repeat = [&](int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += replaced;
    return text;
  };
  EXPECT_EQ(ToValidUtf8("a\xE4z"), "a" + repeat(1) + "z");  // Latin-1
  EXPECT_EQ(ToValidUtf8(std::string_view("a\0z", 3)), "a" + repeat(1) + "z");
  EXPECT_EQ(ToValidUtf8("\xC0\xAF"), repeat(2));          // '/' in two bytes
  EXPECT_EQ(ToValidUtf8("\xED\xA0\x80"), repeat(3));      // a surrogate
  EXPECT_EQ(ToValidUtf8("\xF4\x90\x80\x80"), repeat(4));  // behind U+10FFFF
  EXPECT_EQ(ToValidUtf8("\xE5\xBF"), repeat(2));          // cut off
}

TEST(LowerAscii, ChangesNothingElse) { EXPECT_EQ(LowerAscii("A0z_Ä["), "a0z_Ä["); }

TEST(Ids, TakesOnlyTheirForm) {
  EXPECT_TRUE(IsId(base::NewId()));
  EXPECT_FALSE(IsId(""));
  EXPECT_FALSE(IsId("01890C00-0000-7000-8000-000000000000"));
  EXPECT_FALSE(IsId("01890c00-0000-7000-8000-00000000000"));
  EXPECT_FALSE(IsId("01890c00_0000-7000-8000-000000000000"));
  EXPECT_TRUE(IsSha256(std::string(64, 'f')));
  EXPECT_FALSE(IsSha256(std::string(64, 'F')));
  EXPECT_FALSE(IsSha256(std::string(62, 'f') + ".."));
  EXPECT_FALSE(IsSha256(std::string(63, 'f')));
}

}  // namespace
}  // namespace heartbeat::store
