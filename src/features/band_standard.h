#pragma once

#include "features/log_mel.h"

namespace heartbeat::features {

// What StandardizeBands does not look below: this far under a band's median, in decibels. Pauses
// that a device has gated off are as good as pauses that are quiet.
inline constexpr float kDeepestPauseDb = 8;
// The standard deviation that every band is given, in decibels.
inline constexpr float kBandDeviationDb = 10;
// A band that moves less than this, in decibels, is not made to move more: what moves it is no
// heart.
inline constexpr float kSmallestDeviationDb = 1;

// Each band, over its frames and in place: values deeper than kDeepestPauseDb under its median are
// raised to that, the mean is subtracted, and the rest scaled to a standard deviation of
// kBandDeviationDb.
void StandardizeBands(Spectrogram& spectrogram);

}  // namespace heartbeat::features
