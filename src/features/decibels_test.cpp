#include "features/decibels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace heartbeat::features {
namespace {

LogMelConfig Plain() {
  LogMelConfig config;
  config.decibel_reference = DecibelReference::kOne;
  config.top_db = 0;
  config.min_power = 1e-37;
  return config;
}

TEST(Decibels, IsTheLogarithmOverTheWholeRangeOfFloats) {
  std::vector<float> powers;
  for (float power = 1.2e-38F; power < 1e38F; power *= 1.037F) powers.push_back(power);
  for (const float power : {0.5F, 1.0F, 2.0F, 0.70710677F, 0.70710683F, 1.4142135F, 1.4142137F,
                            std::numeric_limits<float>::max()}) {
    powers.push_back(power);
  }
  auto decibels = powers;
  PowerToDecibels(Plain(), decibels);
  for (std::size_t i = 0; i < powers.size(); ++i) {
    const double expected = 10 * std::log10(std::max(1e-37, static_cast<double>(powers[i])));
    // Two units in the last place of a float.
    EXPECT_NEAR(decibels[i], expected, 3e-7 * std::abs(expected) + 1e-6) << powers[i];
  }
}

TEST(Decibels, AreRelativeToTheLargestAndNotLowerThanTopDb) {
  std::vector<float> values{1e-4F, 1e-2F, 1e-20F, 0};
  PowerToDecibels({}, values);
  EXPECT_NEAR(values[0], -20, 1e-5);
  EXPECT_EQ(values[1], 0);
  EXPECT_NEAR(values[2], -80, 1e-5);
  EXPECT_NEAR(values[3], -80, 1e-5);
}

TEST(Decibels, TopDbCountsFromTheLargestWithAnyReference) {
  LogMelConfig config = Plain();
  config.top_db = 30;
  std::vector<float> values{100, 1, 1e-9F};
  PowerToDecibels(config, values);
  EXPECT_NEAR(values[0], 20, 1e-5);
  EXPECT_NEAR(values[1], 0, 1e-5);
  EXPECT_NEAR(values[2], -10, 1e-5);
}

TEST(Decibels, FloorStandsBeforeTheLogarithm) {
  LogMelConfig config = Plain();
  config.min_power = 1e-10;
  std::vector<float> values{0, 1e-12F, 1e-9F};
  PowerToDecibels(config, values);
  EXPECT_NEAR(values[0], -100, 1e-4);
  EXPECT_NEAR(values[1], -100, 1e-4);
  EXPECT_NEAR(values[2], -90, 1e-4);
}

TEST(Decibels, OfSilenceAreZero) {
  std::vector<float> values(33, 0.0F);
  PowerToDecibels({}, values);
  for (const float value : values) EXPECT_EQ(value, 0);
  PowerToDecibels({}, {});
}

}  // namespace
}  // namespace heartbeat::features
