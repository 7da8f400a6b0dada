#include "evaluation/sound_spectrum.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "audio/resample.h"
#include "evaluation/quantile.h"

namespace heartbeat::evaluation {
namespace {

using features::PowerSpectrum;

constexpr int kHighestRateHz = 8000;
constexpr double kDensityWindowSeconds = 0.128;
constexpr double kToneWindowSeconds = 1.024;
constexpr double kToneLowHz = 150;
constexpr double kToneHighHz = 1000;
constexpr std::ptrdiff_t kToneNeighbours = 20;  // on each side
constexpr double kFloorShare = 0.05;
constexpr double kAboveFloor = 10;  // as powers: 10 dB
// Of powers relative to the whole: -200 dB, below what 24 bits can hold.
constexpr double kSmallest = 1e-20;

int WindowSamples(int sample_rate_hz, double seconds) {
  return std::max(2, static_cast<int>(std::lround(sample_rate_hz * seconds)));
}

std::vector<float> WithoutMean(std::span<const float> samples, std::size_t at_least) {
  double sum = 0;
  for (const float sample : samples) sum += sample;
  const double mean = sum / static_cast<double>(samples.size());
  std::vector<float> centred;
  centred.reserve(std::max(samples.size(), at_least));
  for (const float sample : samples) centred.push_back(static_cast<float>(sample - mean));
  if (centred.size() < at_least) centred.resize(at_least, 0.0F);
  return centred;
}

// Calls `take(power, bin, frame)` for the power of each bin and frame. Windows overlap by half.
template <typename Take>
base::Result<void> EachPower(const PowerSpectrum& transform, std::span<const float> samples,
                             int window, int bins, const Take& take) {
  const int hop = std::max(1, window / 2);
  const auto frames = static_cast<int>((samples.size() - window) / hop + 1);
  PowerSpectrum::Scratch scratch = transform.MakeScratch();
  std::vector<float> power(static_cast<std::size_t>(bins) * PowerSpectrum::kMaxFrames);
  for (int first = 0; first < frames; first += PowerSpectrum::kMaxFrames) {
    const int count = std::min(PowerSpectrum::kMaxFrames, frames - first);
    const auto block = std::span(power).first(static_cast<std::size_t>(bins) * count);
    const auto done = transform.Compute(samples.subspan(static_cast<std::size_t>(first) * hop), hop,
                                        count, block, scratch);
    if (!done) return done;
    for (int bin = 0; bin < bins; ++bin) {
      for (int frame = 0; frame < count; ++frame) {
        take(block[static_cast<std::size_t>(bin) * count + frame], bin, first + frame);
      }
    }
  }
  return {};
}

// Where the running sum of `power` passes `share` of `total`, between bins linearly.
double Rolloff(std::span<const double> power, double total, double share, double bin_hz) {
  double sum = 0;
  for (std::size_t bin = 0; bin < power.size(); ++bin) {
    if (sum + power[bin] >= share * total) {
      const double within = power[bin] > 0 ? (share * total - sum) / power[bin] : 0;
      return std::max(0.0, (static_cast<double>(bin) - 0.5 + within) * bin_hz);
    }
    sum += power[bin];
  }
  return static_cast<double>(power.size() - 1) * bin_hz;
}

double Bandwidth(std::span<const double> power, double bin_hz) {
  std::vector<double> sorted(power.begin(), power.end());
  std::ranges::sort(sorted);
  const double limit = kAboveFloor * SortedQuantile(sorted, kFloorShare);
  for (std::size_t bin = power.size(); bin-- > 0;) {
    if (power[bin] >= limit && power[bin] > 0) return static_cast<double>(bin) * bin_hz;
  }
  return 0;
}

template <typename Iterator>
auto MedianOf(Iterator begin, Iterator end) {
  const Iterator middle = begin + (end - begin) / 2;
  std::nth_element(begin, middle, end);
  return *middle;
}

}  // namespace

struct SpectrumMeter::Transforms {
  explicit Transforms(int sample_rate_hz)
      : density_window(WindowSamples(sample_rate_hz, kDensityWindowSeconds)),
        density_bins(density_window / 2 + 1),
        tone_window(WindowSamples(sample_rate_hz, kToneWindowSeconds)),
        tone_bin_hz(static_cast<double>(sample_rate_hz) / tone_window),
        tone_first(static_cast<int>(std::ceil(kToneLowHz / tone_bin_hz))),
        tone_bins(std::min(static_cast<int>(kToneHighHz / tone_bin_hz), tone_window / 2 - 1) -
                  tone_first + 1),
        density(density_window, density_window, 0, density_bins),
        tone(tone_window, tone_window, tone_first, tone_bins) {}

  int density_window;
  int density_bins;
  int tone_window;
  double tone_bin_hz;
  int tone_first;
  int tone_bins;
  PowerSpectrum density;
  PowerSpectrum tone;
};

std::shared_ptr<const SpectrumMeter::Transforms> SpectrumMeter::For(int sample_rate_hz) {
  const std::lock_guard lock(mutex_);
  auto& transforms = transforms_[sample_rate_hz];
  if (!transforms) transforms = std::make_shared<const Transforms>(sample_rate_hz);
  return transforms;
}

base::Result<SoundSpectrum> SpectrumMeter::Measure(const audio::Recording& recording) {
  if (recording.sample_rate_hz > kHighestRateHz) {
    const auto slower = audio::Resample(recording, kHighestRateHz);
    if (!slower) return base::Fail(slower);
    return Measure(*slower);
  }
  const auto transforms = For(recording.sample_rate_hz);
  const std::vector<float> samples =
      WithoutMean(recording.samples, static_cast<std::size_t>(transforms->tone_window));

  std::vector<double> power(static_cast<std::size_t>(transforms->density_bins), 0.0);
  const auto density =
      EachPower(transforms->density, samples, transforms->density_window, transforms->density_bins,
                [&](float value, int bin, int) { power[bin] += value; });
  if (!density) return base::Fail(density);
  // Both halves of the spectrum: only 0 and half the rate have no mirror image.
  for (int bin = 1; bin < transforms->density_bins; ++bin) {
    if (2 * bin != transforms->density_window) power[bin] *= 2;
  }
  double total = 0;
  for (const double value : power) total += value;

  SoundSpectrum spectrum;
  const double bin_hz = static_cast<double>(recording.sample_rate_hz) / transforms->density_window;
  total = std::max(total, std::numeric_limits<double>::min());
  for (const double value : power) {
    spectrum.density_db.push_back(
        static_cast<float>(10 * std::log10(std::max(value / total, kSmallest) / bin_hz)));
  }
  spectrum.rolloff_50_hz = Rolloff(power, total, 0.50, bin_hz);
  spectrum.rolloff_95_hz = Rolloff(power, total, 0.95, bin_hz);
  spectrum.rolloff_99_hz = Rolloff(power, total, 0.99, bin_hz);
  spectrum.bandwidth_hz = Bandwidth(power, bin_hz);
  for (std::size_t band = 0; band < kBands; ++band) {
    const double nyquist_hz = recording.sample_rate_hz / 2.0;
    if (kBandEdgesHz[band] >= nyquist_hz) {
      spectrum.band_db[band] = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    double sum = 0;
    for (std::size_t bin = 0; bin < power.size(); ++bin) {
      const double hz = static_cast<double>(bin) * bin_hz;
      if (hz >= kBandEdgesHz[band] && hz < kBandEdgesHz[band + 1]) sum += power[bin];
    }
    spectrum.band_db[band] = 10 * std::log10(std::max(sum / total, kSmallest));
  }

  std::vector<std::vector<float>> over_time(static_cast<std::size_t>(transforms->tone_bins));
  const auto tones =
      EachPower(transforms->tone, samples, transforms->tone_window, transforms->tone_bins,
                [&](float value, int bin, int) { over_time[bin].push_back(value); });
  if (!tones) return base::Fail(tones);
  std::vector<double> line_db;
  for (std::vector<float>& values : over_time) {
    const double median = MedianOf(values.begin(), values.end());
    line_db.push_back(10 * std::log10(std::max(median, 1e-30)));
  }
  const auto bins = static_cast<std::ptrdiff_t>(line_db.size());
  spectrum.tone_db = -std::numeric_limits<double>::infinity();
  for (std::ptrdiff_t bin = 0; bin < bins; ++bin) {
    const auto from = std::max<std::ptrdiff_t>(0, bin - kToneNeighbours);
    const auto to = std::min(bins, bin + kToneNeighbours + 1);
    std::vector<double> around(line_db.begin() + from, line_db.begin() + to);
    const double above = line_db[bin] - MedianOf(around.begin(), around.end());
    if (above > spectrum.tone_db) {
      spectrum.tone_db = above;
      spectrum.tone_hz =
          static_cast<double>(transforms->tone_first + bin) * transforms->tone_bin_hz;
    }
  }
  return spectrum;
}

}  // namespace heartbeat::evaluation
