#include "analysis/rhythm.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/vector_clones.h"

namespace heartbeat::analysis {
namespace {

constexpr std::size_t kWindowFrames = std::size_t{4} * Envelope::kFramesPerSecond;
constexpr std::size_t kHopFrames = kWindowFrames / 2;
// The longest lags are means of so few products that any of them may be high.
constexpr std::size_t kFewestProducts = 20;
constexpr double kSmallest = 1e-12;

constexpr double kFoundStrength = 0.2;
constexpr double kTwiceWeight = 0.5;
constexpr std::size_t kTwiceTolerance = 3;  // lags
constexpr double kTypicalBpm = 105;
constexpr double kPerOctave = 0.2;

// products[lag]: the sum of window[i] * window[i + lag].
HEARTBEAT_VECTOR_CLONES void MultiplyByLag(std::span<const float> window,
                                           std::span<float> products) {
  // Lag by lag innermost, which the compiler turns into vectors; a sum over time it may not.
  for (std::size_t i = 0; i < window.size(); ++i) {
    const std::size_t reach = std::min(products.size(), window.size() - i);
    const float factor = window[i];
    const float* later = &window[i];
    float* __restrict sums = products.data();
    for (std::size_t lag = 0; lag < reach; ++lag) sums[lag] += factor * later[lag];
  }
}

// The autocorrelation of one window, at [lag]; empty where the window does not change.
std::vector<float> Autocorrelation(std::span<const float> envelope) {
  std::vector<float> window(envelope.begin(), envelope.end());
  const auto middle = window.begin() + std::ssize(window) / 2;
  std::ranges::nth_element(window, middle);
  const double floor = 0.5 * *middle + kSmallest;
  double sum = 0;
  for (std::size_t i = 0; i < window.size(); ++i) {
    window[i] = static_cast<float>(std::log(envelope[i] + floor));
    sum += window[i];
  }
  const auto mean = static_cast<float>(sum / static_cast<double>(window.size()));
  for (float& value : window) value -= mean;

  const std::size_t count = window.size();
  if (count <= kFewestProducts) return {};
  const std::size_t lags = count - kFewestProducts;
  std::vector<float> products(lags, 0.0F);
  MultiplyByLag(window, products);
  const double power = products[0] / static_cast<double>(count);
  if (power < kSmallest) return {};
  for (std::size_t lag = 0; lag < lags; ++lag) {
    products[lag] = static_cast<float>(products[lag] / (static_cast<double>(count - lag) * power));
  }
  return products;
}

// Calls `take(lag)` for each local maximum within the range of heart rates.
template <typename Take>
void EachPeak(std::span<const float> autocorrelation, double frames_per_second, const Take& take) {
  const auto lowest =
      static_cast<std::size_t>(std::floor(60 / kHighestHeartRateBpm * frames_per_second));
  const auto highest =
      static_cast<std::size_t>(std::floor(60 / kLowestHeartRateBpm * frames_per_second));
  for (std::size_t lag = lowest; lag <= highest && lag + 1 < autocorrelation.size(); ++lag) {
    if (autocorrelation[lag] >= autocorrelation[lag - 1] &&
        autocorrelation[lag] > autocorrelation[lag + 1]) {
      take(lag);
    }
  }
}

// Where the parabola through the peak and its neighbours is highest.
double Refined(std::span<const float> values, std::size_t lag) {
  const double before = values[lag - 1];
  const double after = values[lag + 1];
  const double bend = before - 2.0 * values[lag] + after;
  return static_cast<double>(lag) + (bend < 0 ? 0.5 * (before - after) / bend : 0);
}

double Salience(std::span<const float> mean, std::size_t lag, double frames_per_second) {
  double salience = mean[lag];
  const std::size_t twice = 2 * lag;
  if (twice + kTwiceTolerance < mean.size()) {
    const auto around = mean.subspan(twice - kTwiceTolerance, 2 * kTwiceTolerance + 1);
    salience = (salience + kTwiceWeight * std::ranges::max(around)) / (1 + kTwiceWeight);
  }
  const double bpm = 60 * frames_per_second / static_cast<double>(lag);
  return salience - kPerOctave * std::abs(std::log2(bpm / kTypicalBpm));
}

}  // namespace

Rhythm MeasureRhythm(const Envelope& envelope) {
  const std::span<const float> values = envelope.values;
  Rhythm rhythm;
  rhythm.frames_per_second = envelope.frames_per_second;
  const std::size_t window = std::min(values.size(), kWindowFrames);
  for (std::size_t start = 0; start + window <= values.size(); start += kHopFrames) {
    const std::vector<float> found = Autocorrelation(values.subspan(start, window));
    Rhythm::Peak peak;
    bool is_first = true;
    EachPeak(found, envelope.frames_per_second, [&](std::size_t lag) {
      if (!is_first && found[lag] <= peak.strength) return;
      is_first = false;
      peak = {found[lag], 60 * envelope.frames_per_second / static_cast<double>(lag)};
    });
    rhythm.peaks.push_back(peak);
    rhythm.autocorrelation_sum.resize(std::max(rhythm.autocorrelation_sum.size(), found.size()));
    for (std::size_t lag = 0; lag < found.size(); ++lag) {
      rhythm.autocorrelation_sum[lag] += found[lag];
    }
  }
  return rhythm;
}

std::optional<double> HeartRate(std::span<const Rhythm> parts) {
  std::vector<float> mean;
  std::size_t windows = 0;
  for (const Rhythm& part : parts) {
    windows += part.peaks.size();
    mean.resize(std::max(mean.size(), part.autocorrelation_sum.size()));
    for (std::size_t lag = 0; lag < part.autocorrelation_sum.size(); ++lag) {
      mean[lag] += part.autocorrelation_sum[lag];
    }
  }
  if (windows == 0 || mean.empty()) return std::nullopt;
  for (float& value : mean) value /= static_cast<float>(windows);

  const double frames_per_second = parts.front().frames_per_second;
  std::optional<std::size_t> best;
  double best_salience = 0;
  EachPeak(mean, frames_per_second, [&](std::size_t lag) {
    const double salience = Salience(mean, lag, frames_per_second);
    if (best && salience <= best_salience) return;
    best = lag;
    best_salience = salience;
  });
  if (!best || mean[*best] < kFoundStrength) return std::nullopt;
  return std::clamp(60 * frames_per_second / Refined(mean, *best), kLowestHeartRateBpm,
                    kHighestHeartRateBpm);
}

}  // namespace heartbeat::analysis
