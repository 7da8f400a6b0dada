#include "features/decibels.h"

#include <algorithm>
#include <cmath>

namespace heartbeat::features {
namespace {

float Median(std::span<float> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

}  // namespace

void PowerToDecibels(const LogMelConfig& config, std::span<float> values) {
  if (values.empty()) return;
  const auto min_power = static_cast<float>(config.min_power);
  const float largest = std::max(min_power, *std::max_element(values.begin(), values.end()));
  const float reference =
      config.decibel_reference == DecibelReference::kMax ? 10 * std::log10(largest) : 0.0F;
  for (float& value : values) value = 10 * std::log10(std::max(min_power, value)) - reference;
  if (config.top_db > 0) {
    const auto floor = static_cast<float>(10 * std::log10(largest) - reference -
                                          static_cast<float>(config.top_db));
    for (float& value : values) value = std::max(floor, value);
  }
}

void SubtractBandMedians(Spectrogram& spectrogram) {
  const auto frames = static_cast<std::size_t>(spectrogram.frames);
  std::vector<float> sorted(frames);
  for (std::size_t band = 0; band < static_cast<std::size_t>(spectrogram.mel_bands); ++band) {
    const auto values = std::span(spectrogram.values).subspan(band * frames, frames);
    std::copy(values.begin(), values.end(), sorted.begin());
    const float median = Median(sorted);
    for (float& value : values) value -= median;
  }
}

}  // namespace heartbeat::features
