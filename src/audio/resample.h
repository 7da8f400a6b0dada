#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "audio/recording.h"
#include "base/result.h"

namespace heartbeat::audio {

// Resamples with soxr (high quality, linear phase) what comes in pieces. All pieces together give
// round(samples * to_hz / from_hz) samples, however they are cut; the same rate gives a copy.
class Resampler {
 public:
  // Errors: kInvalidArgument (a rate that is not positive), kInternal (soxr failed).
  [[nodiscard]] static base::Result<Resampler> Create(int from_hz, int to_hz);
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;
  ~Resampler();

  // What is ready so far and was not returned before; valid until the next call. Errors: kInternal.
  [[nodiscard]] base::Result<std::span<const float>> Push(std::span<const float> samples);
  // The rest. Call once, last. Errors: kInternal.
  [[nodiscard]] base::Result<std::span<const float>> Finish();

 private:
  struct Soxr;
  explicit Resampler(std::unique_ptr<Soxr> soxr);
  std::unique_ptr<Soxr> soxr_;
};

// A whole recording; the same where it has that rate. Errors: those of Resampler; kInvalidArgument
// (the result would be too large).
[[nodiscard]] base::Result<Recording> Resample(Recording recording, int sample_rate_hz);

}  // namespace heartbeat::audio
