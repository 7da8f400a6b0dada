#pragma once

#include "features/log_mel.h"

namespace heartbeat::features {

// Powers to decibels in place, as librosa's power_to_db: 10 log10(max(p, min_power)), less the same
// of the reference, raised to at least the largest value - top_db.
void PowerToDecibels(const LogMelConfig& config, std::span<float> values);

// Subtracts each band's median over its frames (of an even number, the mean of the two in the
// middle), in place.
void SubtractBandMedians(Spectrogram& spectrogram);

}  // namespace heartbeat::features
