#include "features/band_standard.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "features/band_median.h"

namespace heartbeat::features {

void StandardizeBands(Spectrogram& spectrogram) {
  const auto frames = static_cast<std::size_t>(spectrogram.frames);
  if (frames == 0) return;
  std::vector<float> scratch;
  for (std::size_t band = 0; band < static_cast<std::size_t>(spectrogram.mel_bands); ++band) {
    const auto values = std::span(spectrogram.values).subspan(band * frames, frames);
    const float median = Median(values, scratch);
    double sum = 0;
    double squares = 0;
    for (float& value : values) {
      value = std::max(value - median, -kDeepestPauseDb);
      sum += value;
      squares += static_cast<double>(value) * value;
    }
    const double mean = sum / static_cast<double>(frames);
    const double variance = std::max(0.0, squares / static_cast<double>(frames) - mean * mean);
    const double deviation = std::max<double>(std::sqrt(variance), kSmallestDeviationDb);
    const auto scale = static_cast<float>(kBandDeviationDb / deviation);
    const auto offset = static_cast<float>(mean);
    for (float& value : values) value = (value - offset) * scale;
  }
}

}  // namespace heartbeat::features
