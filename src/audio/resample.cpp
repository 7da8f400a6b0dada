#include "audio/resample.h"

#include <soxr.h>

#include <cmath>
#include <cstddef>
#include <string>

namespace heartbeat::audio {
namespace {

using base::ErrorCode;
using base::Fail;

// Far above any recording that Decode lets through; below it, no product here overflows.
constexpr double kMaxSamples = 4e9;

}  // namespace

base::Result<Recording> Resample(const Recording& recording, int sample_rate_hz) {
  if (recording.sample_rate_hz <= 0 || sample_rate_hz <= 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "A sample rate must be above 0 Hz; this is to go from " +
                    std::to_string(recording.sample_rate_hz) + " Hz to " +
                    std::to_string(sample_rate_hz) + " Hz.");
  }
  if (recording.sample_rate_hz == sample_rate_hz || recording.samples.empty()) {
    return Recording{.samples = recording.samples, .sample_rate_hz = sample_rate_hz};
  }
  const double exact =
      static_cast<double>(recording.samples.size()) * sample_rate_hz / recording.sample_rate_hz;
  if (exact > kMaxSamples) {
    return Fail(ErrorCode::kInvalidArgument,
                "Resampling to " + std::to_string(sample_rate_hz) +
                    " Hz would make the recording too large. Choose a lower sample rate.");
  }
  Recording result{.samples = {}, .sample_rate_hz = sample_rate_hz};
  result.samples.resize(static_cast<std::size_t>(std::llround(exact)));
  if (result.samples.empty()) {
    return result;
  }
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, SOXR_ROLLOFF_SMALL);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  std::size_t done = 0;
  const soxr_error_t error =
      soxr_oneshot(recording.sample_rate_hz, sample_rate_hz, 1, recording.samples.data(),
                   recording.samples.size(), nullptr, result.samples.data(), result.samples.size(),
                   &done, &io, &quality, &runtime);
  if (error != nullptr || done + 1 < result.samples.size()) {
    return Fail(ErrorCode::kInternal, "The recording could not be resampled.");
  }
  // soxr rounds the length in its own way, and may leave the last sample out.
  if (done > 0 && done < result.samples.size()) {
    result.samples.back() = result.samples[done - 1];
  }
  return result;
}

}  // namespace heartbeat::audio
