#pragma once

#include <cstddef>
#include <vector>

#include "audio/recording.h"
#include "base/result.h"

namespace heartbeat::audio {

// `recording` as a WAV file of 16-bit integers; what is beyond full scale is clipped. Errors:
// kInvalidArgument (no samples, or a rate that is not positive), kInternal (libsndfile failed).
[[nodiscard]] base::Result<std::vector<std::byte>> EncodeWav(const Recording& recording);

}  // namespace heartbeat::audio
