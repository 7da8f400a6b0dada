#include "cli/picture.h"

#include <gtest/gtest.h>

namespace heartbeat::cli {
namespace {

TEST(Picture, TheHighestBandStandsOnTop) {
  EXPECT_EQ(Picture({2, 3, {-10, -5, 0, -10, -10, -10}}, 10, 10), "   \n +@\n");
}

TEST(Picture, IsTheMeanOfWhatItCovers) {
  EXPECT_EQ(Picture({2, 4, {0, 10, 10, 10, 0, 10, 10, 10}}, 1, 2), " @\n");
  EXPECT_EQ(Picture({3, 5, std::vector<float>(15, 1.0F)}, 2, 2), "  \n  \n");
}

TEST(Picture, OfNothingIsNothing) {
  EXPECT_EQ(Picture({}, 10, 10), "");
  EXPECT_EQ(Picture({1, 1, {1}}, 0, 10), "");
}

}  // namespace
}  // namespace heartbeat::cli
