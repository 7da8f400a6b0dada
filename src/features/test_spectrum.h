#pragma once

#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <random>
#include <span>
#include <vector>

namespace heartbeat::features {

struct SpectrumShape {
  int window_samples;
  int fft_samples;
  int hop_samples;
  int frames;
};

// White noise within +-1, as many samples as the frames take.
inline std::vector<float> NoiseFor(const SpectrumShape& shape) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> sample(-1, 1);
  std::vector<float> samples(
      static_cast<std::size_t>((shape.frames - 1) * shape.hop_samples + shape.window_samples));
  for (auto& value : samples) value = sample(random);
  return samples;
}

// The definition, in double: the zero-padded frame, windowed, bin by bin.
inline double DirectPower(std::span<const float> frame, int fft_samples, int bin) {
  const auto count = static_cast<double>(frame.size());
  std::complex<double> sum = 0;
  for (std::size_t n = 0; n < frame.size(); ++n) {
    const auto i = static_cast<double>(n);
    const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / count);
    sum += hann * static_cast<double>(frame[n]) *
           std::polar(1.0, -2 * std::numbers::pi * bin * i / fft_samples);
  }
  return std::norm(sum);
}

}  // namespace heartbeat::features
