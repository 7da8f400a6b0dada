#pragma once

#include "audio/recording.h"
#include "base/result.h"

namespace heartbeat::audio {

// Resamples with soxr (high quality, linear phase). The result has
// round(samples * sample_rate_hz / recording.sample_rate_hz) samples; the same rate is a copy.
// Errors: kInvalidArgument (a rate that is not positive), kInternal (soxr failed).
[[nodiscard]] base::Result<Recording> Resample(const Recording& recording, int sample_rate_hz);

}  // namespace heartbeat::audio
