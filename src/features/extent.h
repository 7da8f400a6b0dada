#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace heartbeat::features {

struct Extent {
  float smallest = 0;
  float largest = 0;
};

// Of at least one value, none of them a NaN. Several at a time, because the compiler may not
// reorder a plain search among floats.
[[nodiscard]] inline Extent FindExtent(std::span<const float> values) {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> smallest;
  std::array<float, kLanes> largest;
  smallest.fill(values[0]);
  largest.fill(values[0]);
  const auto take = [&](std::size_t lane, float value) {
    smallest[lane] = value < smallest[lane] ? value : smallest[lane];
    largest[lane] = value > largest[lane] ? value : largest[lane];
  };
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) take(lane, values[i + lane]);
  }
  for (; i < values.size(); ++i) take(0, values[i]);
  Extent extent{smallest[0], largest[0]};
  for (std::size_t lane = 1; lane < kLanes; ++lane) {
    extent.smallest = smallest[lane] < extent.smallest ? smallest[lane] : extent.smallest;
    extent.largest = largest[lane] > extent.largest ? largest[lane] : extent.largest;
  }
  return extent;
}

}  // namespace heartbeat::features
