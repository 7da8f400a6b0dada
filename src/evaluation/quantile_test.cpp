#include "evaluation/quantile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace heartbeat::evaluation {
namespace {

// The values of numpy.quantile([1, 2, 4, 8, 16], q), exact in binary.
TEST(SortedQuantile, IsThatOfNumPy) {
  const std::vector<double> values = {1, 2, 4, 8, 16};
  EXPECT_EQ(SortedQuantile(values, 0), 1);
  EXPECT_EQ(SortedQuantile(values, 0.25), 2);
  EXPECT_EQ(SortedQuantile(values, 0.5), 4);
  EXPECT_EQ(SortedQuantile(values, 0.625), 6);
  EXPECT_EQ(SortedQuantile(values, 1), 16);
}

TEST(SortedQuantile, OfOneValueIsThatAndOfNoneUndefined) {
  EXPECT_EQ(SortedQuantile(std::vector<double>{3}, 0.9), 3);
  EXPECT_TRUE(std::isnan(SortedQuantile({}, 0.5)));
}

}  // namespace
}  // namespace heartbeat::evaluation
