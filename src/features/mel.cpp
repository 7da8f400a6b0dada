#include "features/mel.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/vector_clones.h"

namespace heartbeat::features {
namespace {

// Slaney's scale: linear below 1000 Hz (mel 15), logarithmic above.
constexpr double kHzPerMel = 200.0 / 3.0;
constexpr double kBreakHz = 1000.0;
constexpr double kBreakMel = kBreakHz / kHzPerMel;
const double kLogStep = std::log(6.4) / 27.0;

// Corners of all triangles in Hz: band i rises from [i] to [i + 1] and falls to [i + 2].
std::vector<double> CornersHz(const LogMelConfig& config) {
  const double low = HzToMel(config.min_hz, config.mel_scale);
  const double high = HzToMel(config.max_hz, config.mel_scale);
  std::vector<double> corners(static_cast<std::size_t>(config.mel_bands) + 2);
  const double step = (high - low) / (config.mel_bands + 1);
  for (std::size_t i = 0; i < corners.size(); ++i) {
    corners[i] = MelToHz(low + step * static_cast<double>(i), config.mel_scale);
  }
  return corners;
}

}  // namespace

double HzToMel(double hz, MelScale scale) {
  if (scale == MelScale::kHtk) return 2595.0 * std::log10(1.0 + hz / 700.0);
  return hz < kBreakHz ? hz / kHzPerMel : kBreakMel + std::log(hz / kBreakHz) / kLogStep;
}

double MelToHz(double mel, MelScale scale) {
  if (scale == MelScale::kHtk) return 700.0 * (std::pow(10.0, mel / 2595.0) - 1.0);
  return mel < kBreakMel ? mel * kHzPerMel : kBreakHz * std::exp((mel - kBreakMel) * kLogStep);
}

std::vector<MelFilter> MakeMelFilters(const LogMelConfig& config) {
  const auto corners = CornersHz(config);
  const double bin_hz = static_cast<double>(config.sample_rate_hz) / config.fft_samples;
  const int last_bin = config.fft_samples / 2;
  std::vector<MelFilter> filters(static_cast<std::size_t>(config.mel_bands));
  for (std::size_t band = 0; band < filters.size(); ++band) {
    const double lower = corners[band];
    const double center = corners[band + 1];
    const double upper = corners[band + 2];
    const double scale = config.mel_norm == MelNorm::kSlaney ? 2.0 / (upper - lower) : 1.0;
    auto& filter = filters[band];
    const int begin = static_cast<int>(lower / bin_hz);
    const int end = std::min(last_bin, static_cast<int>(std::ceil(upper / bin_hz)));
    for (int bin = begin; bin <= end; ++bin) {
      const double hz = bin * bin_hz;
      const double rise = (hz - lower) / (center - lower);
      const double fall = (upper - hz) / (upper - center);
      const auto weight = static_cast<float>(scale * std::min(rise, fall));
      if (!(weight > 0)) continue;
      if (filter.weights.empty()) filter.first_bin = bin;
      filter.weights.push_back(weight);
    }
  }
  return filters;
}

BinRange BinsOf(std::span<const MelFilter> filters) {
  int first = std::numeric_limits<int>::max();
  int end = 0;
  for (const auto& filter : filters) {
    if (filter.weights.empty()) continue;
    first = std::min(first, filter.first_bin);
    end = std::max(end, filter.first_bin + static_cast<int>(filter.weights.size()));
  }
  return end == 0 ? BinRange{} : BinRange{first, end - first};
}

HEARTBEAT_VECTOR_CLONES void ApplyMelFilters(std::span<const MelFilter> filters, int first_bin,
                                             std::span<const float> power, int frames,
                                             std::size_t stride, float* values) {
  for (const MelFilter& filter : filters) {
    float* __restrict sums = values;
    const float* row = &power[static_cast<std::size_t>(filter.first_bin - first_bin) * frames];
    for (int i = 0; i < frames; ++i) sums[i] = filter.weights[0] * row[i];
    for (const float weight : std::span(filter.weights).subspan(1)) {
      row += frames;
      for (int i = 0; i < frames; ++i) sums[i] += weight * row[i];
    }
    values += stride;
  }
}

std::vector<double> MelCentersHz(const LogMelConfig& config) {
  const auto corners = CornersHz(config);
  return {corners.begin() + 1, corners.end() - 1};
}

}  // namespace heartbeat::features
