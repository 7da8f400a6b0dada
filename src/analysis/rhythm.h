#pragma once

#include <optional>
#include <span>
#include <vector>

#include "analysis/envelope.h"

namespace heartbeat::analysis {

inline constexpr double kLowestHeartRateBpm = 30;
inline constexpr double kHighestHeartRateBpm = 220;

// How regularly the envelope comes back, by its autocorrelation in windows of 4 s that overlap by
// half (the whole envelope where it is shorter). What is correlated is log(envelope + half its
// median), less its mean: a loud knock weighs no more than a beat. The estimate is the unbiased
// one, so that the lag of a whole cycle is not less than that of half a cycle for its shorter
// overlap; 1 at lag 0. (Homomorphic envelope and autocorrelation: Springer, Tarassenko and
// Clifford, IEEE Trans. Biomed. Eng. 63(4), 2016, section II-B.)
struct Rhythm {
  // The highest peak of one window between the lags of 220 and 30 beats a minute.
  struct Peak {
    double strength = 0;  // -1..1, and about 0.1 for noise; 0 where there is no peak
    double rate_bpm = 0;  // 0 where there is no peak
  };
  std::vector<Peak> peaks;                 // [window]
  std::vector<float> autocorrelation_sum;  // [lag], over the windows
  double frames_per_second = Envelope::kFramesPerSecond;
};

[[nodiscard]] Rhythm MeasureRhythm(const Envelope& envelope);

// Beats a minute, kLowestHeartRateBpm to kHighestHeartRateBpm, from the mean of all windows of
// `parts`; nothing where no lag stands out, that is, its mean autocorrelation is below 0.2.
//
// Half and double the rate have peaks as well: a beat has two sounds, and two beats are a cycle,
// too. So a lag counts by its own peak and (half as much) that of twice the lag, less 0.2 for every
// octave from 105 beats a minute, as chosen on `train` recordings (docs/experiments.md). Of a pulse
// above 148 whose every second beat is as like as the next, half the rate is given.
[[nodiscard]] std::optional<double> HeartRate(std::span<const Rhythm> parts);

}  // namespace heartbeat::analysis
