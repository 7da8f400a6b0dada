#pragma once

#include <memory>
#include <span>

namespace heartbeat::features {

// |X[k]|^2 of Hann-windowed frames, for the bins of the transform that are needed. The window is
// periodic (SciPy's get_window('hann', n)) and zero-padded to `fft_samples`; nothing is scaled, as
// in librosa's stft. Compute is const and thread-safe.
class PowerSpectrum {
 public:
  // Frames of one call at most: a block stays in the processor's cache.
  static constexpr int kMaxFrames = 32;

  // fft_samples: a power of two >= window_samples; bins [first_bin, first_bin + bins) of
  // 0..fft_samples / 2.
  PowerSpectrum(int window_samples, int fft_samples, int first_bin, int bins);
  PowerSpectrum(PowerSpectrum&&) noexcept;
  PowerSpectrum& operator=(PowerSpectrum&&) noexcept;
  ~PowerSpectrum();

  // What one thread needs besides; reusable from call to call.
  struct Scratch;
  struct ScratchDeleter {
    void operator()(Scratch* scratch) const;
  };
  using ScratchPtr = std::unique_ptr<Scratch, ScratchDeleter>;
  [[nodiscard]] ScratchPtr MakeScratch() const;

  // Frame i is samples[i * hop_samples, + window_samples). `power`: [bin, frame], filled, of
  // bins * frames values.
  void Compute(std::span<const float> samples, int hop_samples, int frames, std::span<float> power,
               Scratch& scratch) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace heartbeat::features
