#pragma once

#include <span>

#include "features/log_mel.h"

namespace heartbeat::features {

// Powers (0 or more, finite) to decibels in place, as librosa's power_to_db: 10 log10(max(p,
// min_power)), less the same of the reference, raised to at least the largest value - top_db.
void PowerToDecibels(const LogMelConfig& config, std::span<float> values);

}  // namespace heartbeat::features
