#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "features/biquad_cascade.h"

namespace heartbeat::features {

// A Butterworth high-pass and low-pass of order 4 each (two biquads an edge), applied forward and
// backward: no delay, so that a heart sound stays where it is, and the squared magnitude, -6 dB at
// each edge. Analogue prototype and bilinear transform with prewarping: Oppenheim and Schafer,
// Discrete-Time Signal Processing, ch. 7; the biquads are those of SciPy's
// butter(4, edge, output='sos') up to their order.
class BandPass {
 public:
  // 0 leaves an edge out; else 0 < low_hz < high_hz < sample_rate_hz / 2.
  BandPass(double low_hz, double high_hz, int sample_rate_hz);

  // `samples` filtered, same length. As SciPy's sosfiltfilt(padtype='even', padlen=PadSamples(n)):
  // before the first and after the last sample the recording goes on as its mirror image, and each
  // pass begins in the state of a constant input, so that a constant does not ring. (SciPy's
  // default, turning by 180 degrees, would make a step of whatever a tone far above the band ends
  // on, which is heard in the band.)
  [[nodiscard]] std::vector<float> Apply(std::span<const float> samples) const;

  // Three periods of the lowest edge, at most samples - 1.
  [[nodiscard]] std::size_t PadSamples(std::size_t samples) const;
  [[nodiscard]] const std::vector<Biquad>& sections() const { return sections_; }

 private:
  std::vector<Biquad> sections_;
  std::size_t pad_samples_ = 0;
};

}  // namespace heartbeat::features
