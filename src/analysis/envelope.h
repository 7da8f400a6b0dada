#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "features/power_spectrum.h"

namespace heartbeat::analysis {

// How loud the first and second heart sounds' band is over time.
struct Envelope {
  static constexpr int kFramesPerSecond = 100;

  std::vector<float> values;  // [frame], 0 or more: root mean square of the band, full scale is 1
  double low_share = 0;       // 0..1: power in the band of all power up to kHighestHz
  double frames_per_second = kFramesPerSecond;  // exactly
};

// Measures envelopes of recordings at one sample rate: the power of Hann windows of 24 ms, every 10
// ms, in the bins 1 to 3 (about 30 to 140 Hz), as root mean square by Parseval's theorem, smoothed
// below 20 Hz. Each bin is that of the samples' first difference, divided by what differencing does
// there, 4 sin^2(pi bin / window): a hand's movement under 20 Hz would else leak into the lowest
// bin. A tone between bins comes out up to a quarter too loud. Const and thread-safe.
class EnvelopeMeter {
 public:
  // What lies above is no part of anything: the models do not hear it either.
  static constexpr double kHighestHz = 900;

  // `sample_rate_hz`: 100 or more; below 300 a part of the band is missing.
  explicit EnvelopeMeter(int sample_rate_hz);

  // `samples`: [sample], finite; less than a window is filled up with silence. Errors: kInternal
  // where the transform fails.
  [[nodiscard]] base::Result<Envelope> Measure(std::span<const float> samples) const;

  [[nodiscard]] int sample_rate_hz() const { return sample_rate_hz_; }

 private:
  int sample_rate_hz_;
  int window_samples_;
  int hop_samples_;
  int bins_;  // from bin 1
  features::PowerSpectrum spectrum_;
  std::vector<float> bin_weights_;  // [bin], gives the mean square
};

}  // namespace heartbeat::analysis
