#pragma once

#include <span>
#include <vector>

#include "features/log_mel.h"

namespace heartbeat::features {

// Of an even number of values, the mean of the two in the middle. At least one value, all finite.
// `scratch` is overwritten.
[[nodiscard]] float Median(std::span<const float> values, std::vector<float>& scratch);

// Subtracts each band's median over its frames, in place.
void SubtractBandMedians(Spectrogram& spectrogram);

}  // namespace heartbeat::features
