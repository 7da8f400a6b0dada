#pragma once

#include <span>
#include <variant>
#include <vector>

#include "base/result.h"
#include "features/power_spectrum.h"
#include "features/shared_spectrum.h"

namespace heartbeat::features {

// PowerSpectrum of overlapping frames: a SharedSpectrum where the hop allows that, which costs a
// third, or else the transform of every frame. Compute is const and thread-safe.
class FrameSpectrum {
 public:
  // As of PowerSpectrum; hop_samples > 0.
  FrameSpectrum(int window_samples, int fft_samples, int hop_samples, int first_bin, int bins);

  // Frames of one call at most.
  [[nodiscard]] int max_frames() const;

  // What one thread needs besides; reusable from call to call.
  using Scratch = std::variant<PowerSpectrum::Scratch, SharedSpectrum::Scratch>;
  [[nodiscard]] Scratch MakeScratch() const;

  // As PowerSpectrum::Compute.
  [[nodiscard]] base::Result<void> Compute(std::span<const float> samples, int frames,
                                           std::span<float> power, Scratch& scratch) const;

 private:
  int hop_samples_;
  std::variant<PowerSpectrum, SharedSpectrum> spectrum_;
};

}  // namespace heartbeat::features
