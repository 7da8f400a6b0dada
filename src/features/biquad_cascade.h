#pragma once

#include <cstddef>
#include <span>

namespace heartbeat::features {

// One second-order section, a0 = 1: y = b0 x + b1 x[-1] + b2 x[-2] - a1 y[-1] - a2 y[-2].
struct Biquad {
  double b0 = 1;
  double b1 = 0;
  double b2 = 0;
  double a1 = 0;
  double a2 = 0;
};

enum class Direction { kForward, kBackward };

// Two or four stable sections one after the other over `samples`, in place, in the state to begin
// with in which a constant input of the first value would have left them. Of a long run, four parts
// are filtered side by side: three of them begin SettlingSamples early, so that nothing but
// double's rounding is left of the state that they begin in.
void ApplyCascade(std::span<const Biquad> sections, Direction direction, std::span<float> samples);

// After so many samples a state has decayed to double's rounding of what it was. Of poles as of
// Butterworth's sections (complex pairs, each of magnitude sqrt(a2)).
[[nodiscard]] std::size_t SettlingSamples(std::span<const Biquad> sections);

}  // namespace heartbeat::features
