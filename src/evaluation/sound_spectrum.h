#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "audio/recording.h"
#include "base/result.h"
#include "features/power_spectrum.h"

namespace heartbeat::evaluation {

// Edges in Hz of the bands whose share of the power is given.
inline constexpr std::array<double, 11> kBandEdgesHz = {0,   20,  45,  80,   150, 250,
                                                        400, 600, 800, 1000, 4000};
inline constexpr std::size_t kBands = kBandEdgesHz.size() - 1;

// Distance of the bins of SoundSpectrum::density_db: windows last 0.128 s.
inline constexpr double kSpectrumBinHz = 7.8125;

// The power spectrum of one recording less its mean, up to half its sample rate and at most 4000
// Hz, by Welch's method (IEEE Trans. Audio Electroacoust. 15(2), 1967): the mean of the power of
// Hann windows of 0.128 s that overlap by half.
struct SoundSpectrum {
  // Power per Hz in dB relative to the power of the whole recording, so that gain does not show;
  // [bin], bin k at k * kSpectrumBinHz.
  std::vector<float> density_db;
  double rolloff_50_hz = 0;  // below it lie 50 % of the power
  double rolloff_95_hz = 0;
  double rolloff_99_hz = 0;
  // The highest frequency where the density is 10 dB above its own 5th percentile over frequency,
  // i.e. above the floor of what recorded or stored the sound.
  double bandwidth_hz = 0;
  // The strongest steady line between 150 and 1000 Hz, such as interference: how far the median
  // over time of a bin of 1.024 s windows stands above the median of the 41 bins around it, and
  // where.
  double tone_db = 0;
  double tone_hz = 0;
  // Power within [kBandEdgesHz[i], kBandEdgesHz[i + 1]) relative to the whole, in dB; NaN for a
  // band that the sample rate does not reach.
  std::array<double, kBands> band_db = {};
};

// Measures spectra, with the tables for each sample rate computed once. Thread-safe.
class SpectrumMeter {
 public:
  // `recording`: as audio::Decode gives it. Errors: kInternal where a library fails.
  [[nodiscard]] base::Result<SoundSpectrum> Measure(const audio::Recording& recording);

 private:
  // The two transforms for one sample rate.
  struct Transforms;
  std::shared_ptr<const Transforms> For(int sample_rate_hz);

  std::mutex mutex_;
  std::map<int, std::shared_ptr<const Transforms>> transforms_;
};

}  // namespace heartbeat::evaluation
