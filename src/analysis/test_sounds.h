#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <random>

#include "audio/recording.h"

namespace heartbeat::analysis::test {

inline constexpr int kRateHz = 4000;

// `sound(time_s, random)` at each sample, `random` being normal with deviation 1 and always the
// same.
template <typename Sound>
[[nodiscard]] audio::Recording Make(double seconds, const Sound& sound) {
  audio::Recording recording{{}, kRateHz};
  std::mt19937 generator(1);
  std::normal_distribution<double> random;
  const auto count = static_cast<std::size_t>(seconds * kRateHz);
  for (std::size_t i = 0; i < count; ++i) {
    const double time_s = static_cast<double>(i) / kRateHz;
    recording.samples.push_back(static_cast<float>(sound(time_s, random(generator))));
  }
  return recording;
}

[[nodiscard]] inline double Sine(double hz, double time_s) {
  return std::sin(2 * std::numbers::pi * hz * time_s);
}

[[nodiscard]] inline audio::Recording Tone(double seconds, double hz, double amplitude) {
  return Make(seconds, [=](double t, double) { return amplitude * Sine(hz, t); });
}

[[nodiscard]] inline audio::Recording WhiteNoise(double seconds, double deviation) {
  return Make(seconds, [=](double, double random) { return deviation * random; });
}

// A beat is two tones of 60 and 80 Hz that fade away, the second softer and `systole_s` later, over
// noise of 1 % of the first.
[[nodiscard]] inline audio::Recording Beats(double seconds, double bpm, double systole_s = 0.3) {
  const double cycle_s = 60 / bpm;
  return Make(seconds, [=](double t, double random) {
    const double since_first = std::fmod(t, cycle_s);
    const double since_second = std::fmod(t - systole_s + cycle_s, cycle_s);
    const double first = std::exp(-since_first / 0.03) * Sine(60, since_first);
    const double second = 0.6 * std::exp(-since_second / 0.025) * Sine(80, since_second);
    return 0.4 * (first + second) + 0.004 * random;
  });
}

}  // namespace heartbeat::analysis::test
