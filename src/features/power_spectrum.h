#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"

namespace heartbeat::features {

// |X[k]|^2 of Hann-windowed frames, for the bins of the transform that are needed: the discrete
// Fourier transform as a matrix product (docs/decisions/0002-spectrum-transform.md). The window is
// periodic (SciPy's get_window('hann', n)), centred in `fft_samples` and zero-padded; nothing is
// scaled, as in librosa's stft. Compute is const and thread-safe.
class PowerSpectrum {
 public:
  // Frames of one call at most: a block stays in the processor's cache.
  static constexpr int kMaxFrames = 48;

  // 2 <= window_samples <= fft_samples; bins [first_bin, first_bin + bins) of 0..fft_samples / 2.
  PowerSpectrum(int window_samples, int fft_samples, int first_bin, int bins);

  // Floats of the tables that such a transform takes.
  [[nodiscard]] static std::size_t TableSize(int window_samples, int bins);

  // What one thread needs besides; reusable from call to call.
  struct Scratch {
    std::vector<float> even;       // [frame, pair]
    std::vector<float> odd;        // [frame, pair]
    std::vector<float> imaginary;  // [bin, frame]
  };
  [[nodiscard]] Scratch MakeScratch() const;

  // Frame i is samples[i * hop_samples, + window_samples). `power`: [bin, frame], filled, of
  // bins * frames values. Runs on the calling thread alone. Errors: kInternal where oneDNN fails.
  [[nodiscard]] base::Result<void> Compute(std::span<const float> samples, int hop_samples,
                                           int frames, std::span<float> power,
                                           Scratch& scratch) const;

 private:
  int window_samples_;
  int bins_;
  int pairs_;                  // of samples that stand equally far from the window's centre
  std::vector<float> cosine_;  // [bin, pair], times the window
  std::vector<float> sine_;    // [bin, pair], times the window
};

}  // namespace heartbeat::features
