#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "audio/recording.h"
#include "base/result.h"
#include "features/power_spectrum.h"

namespace heartbeat::evaluation {

// What fingerprints and alignments are made of: recordings at this rate.
inline constexpr int kFingerprintRateHz = 2000;
inline constexpr int kFingerprintHopSamples = 32;  // 16 ms

// Bit patterns that stay nearly the same under gain, time shift, added noise and lossy coding, and
// share no more than half of their bits between two recordings, even of one heart: after Haitsma &
// Kalker, A Highly Robust Audio Fingerprinting System, ISMIR 2002, with windows and bands for heart
// sounds. 33 bands of 11.4 Hz between 25 and 400 Hz, windows of 256 ms; bit m of frame n says
// whether the ratio of band m + 1 to band m is larger 128 ms later. Steady hum and noise leave no
// trace in it, as they do not change. Compute is const and thread-safe.
class Fingerprinter {
 public:
  Fingerprinter();

  // [frame], frame i begins at sample i * kFingerprintHopSamples. Empty for less than 384 ms.
  // Errors: kInvalidArgument (another rate than kFingerprintRateHz), kInternal.
  [[nodiscard]] base::Result<std::vector<std::uint32_t>> Compute(
      const audio::Recording& recording) const;

 private:
  features::PowerSpectrum transform_;
};

// The beginnings of two recordings of which one seems to hold sound of the other.
struct CopyCandidate {
  std::size_t first = 0;  // indices into the fingerprints; first < second
  std::size_t second = 0;
  std::ptrdiff_t offset_frames = 0;  // frame n of `second` sounds like frame n + offset of `first`
  double bit_error_rate = 0;         // over all frames that both have
};

// Pairs that share at least 4 s whose fingerprints differ in less than 38 % of the bits (other
// recordings: 50 %, with a spread of about 1 % over 20 s). One candidate a pair, its best.
[[nodiscard]] std::vector<CopyCandidate> FindCopyCandidates(
    std::span<const std::vector<std::uint32_t>> fingerprints);

}  // namespace heartbeat::evaluation
