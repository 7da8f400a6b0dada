#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"

namespace heartbeat::features {

// The same as PowerSpectrum, to float's rounding, where frames overlap by whole hops: the samples
// of each hop are transformed once, instead of once for every frame that they are in.
//
// A frame's transform without a window, R[k], is the sum of those of its hops, each turned by where
// the hop stands. The Hann window, 1/2 + 1/2 cos(2 pi d / window) at the distance d from its
// centre, is then a sum over bins: X[k] = R[k] / 2 + (R[k - m] + R[k + m]) / 4 with m = fft_samples
// / window_samples and phases counted from that centre (Oppenheim and Schafer, Discrete-Time Signal
// Processing, ch. 10). Compute is const and thread-safe.
class SharedSpectrum {
 public:
  // Frames of one call at most: what they need stays in the processor's cache.
  static constexpr int kMaxFrames = 96;

  // Whether there is such a transform: an even number of hops of an even number of samples make a
  // window, and a whole number of windows fft_samples.
  [[nodiscard]] static bool Fits(int window_samples, int fft_samples, int hop_samples);

  // As of PowerSpectrum, and Fits.
  SharedSpectrum(int window_samples, int fft_samples, int hop_samples, int first_bin, int bins);

  // What one thread needs besides; reusable from call to call.
  struct Scratch {
    std::vector<float> even;    // [hop, pair]
    std::vector<float> odd;     // [hop, pair]
    std::vector<float> cosine;  // [bin, hop]: of each hop about its centre
    std::vector<float> sine;    // [bin, hop]
    std::vector<float> rows;    // [2 margin + 1, 2, frame]: R of the bins around, real, imaginary
  };
  [[nodiscard]] Scratch MakeScratch() const;

  // As PowerSpectrum::Compute.
  [[nodiscard]] base::Result<void> Compute(std::span<const float> samples, int frames,
                                           std::span<float> power, Scratch& scratch) const;

 private:
  int hop_samples_;
  int hops_;    // of a window
  int pairs_;   // of samples that stand equally far from a hop's centre
  int margin_;  // bins below the first and above the last that the Hann window needs
  int bins_;    // with both margins
  // Half the cosine and sine of pi / window_samples: the hops' middle, which phases are counted
  // from, is half a sample before that of the Hann window.
  float hann_cosine_;
  float hann_sine_;
  std::vector<float> cosine_;  // [bin, pair], halved
  std::vector<float> sine_;    // [bin, pair], halved
  std::vector<float> turns_;   // [bin, hops / 2, 2]: cosine and sine of hops' distances from the
                               // frame's centre
};

}  // namespace heartbeat::features
