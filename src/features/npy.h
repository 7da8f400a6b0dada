#pragma once

#include <cstddef>
#include <vector>

#include "features/log_mel.h"

namespace heartbeat::features {

// A spectrogram as a NumPy file: format 1.0 (numpy.lib.format), little-endian float32, C order,
// shape (mel, frame).
[[nodiscard]] std::vector<std::byte> ToNpy(const Spectrogram& spectrogram);

}  // namespace heartbeat::features
