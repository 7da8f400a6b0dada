#include "features/decibels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include "base/vector_clones.h"
#include "features/extent.h"

namespace heartbeat::features {
namespace {

// 10 log10(x) of a positive normal float to 2 units in the last place, without a branch or a call,
// so that the loop around it runs in vectors (std::log10 is ten times slower). x = 2^e m with m in
// [sqrt 1/2, sqrt 2); ln m = 2 atanh(s), s = (m - 1) / (m + 1), whose series to s^9 is exact to
// 2e-9.
float Decibels(float x) {
  constexpr std::int32_t kSqrtHalf = 0x3f3504f3;
  constexpr auto kPerOctave = static_cast<float>(10 * std::numbers::ln2 / std::numbers::ln10);
  constexpr auto kPerNeper = static_cast<float>(20 / std::numbers::ln10);
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t exponent = (bits - kSqrtHalf) >> 23;
  const auto m = std::bit_cast<float>(bits - (exponent << 23));
  const float s = (m - 1) / (m + 1);
  const float s2 = s * s;
  const float series = 1 + s2 * (1.0F / 3 + s2 * (1.0F / 5 + s2 * (1.0F / 7 + s2 * (1.0F / 9))));
  return kPerOctave * static_cast<float>(exponent) + kPerNeper * (s * series);
}

}  // namespace

HEARTBEAT_VECTOR_CLONES void PowerToDecibels(const LogMelConfig& config, std::span<float> values) {
  if (values.empty()) return;
  const auto min_power = static_cast<float>(config.min_power);
  const float largest = Decibels(std::max(min_power, FindExtent(values).largest));
  const float reference = config.decibel_reference == DecibelReference::kMax ? largest : 0.0F;
  const float floor = config.top_db > 0 ? largest - reference - static_cast<float>(config.top_db)
                                        : std::numeric_limits<float>::lowest();
  for (float& value : values) {
    const float power = value > min_power ? value : min_power;
    const float decibels = Decibels(power) - reference;
    value = decibels > floor ? decibels : floor;
  }
}

}  // namespace heartbeat::features
