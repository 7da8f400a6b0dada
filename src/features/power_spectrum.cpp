#include "features/power_spectrum.h"

#include <oneapi/dnnl/dnnl.h>

#include <cassert>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "features/single_thread.h"

namespace heartbeat::features {
namespace {

// out[m, n] = a[m, k] b[n, k]^T, row-major.
bool MultiplyTransposed(int m, int n, int k, const float* a, const float* b, float* out) {
  return dnnl_sgemm('N', 'T', m, n, k, 1, a, k, b, k, 0, out, n) == dnnl_success;
}

}  // namespace

// The periodic Hann window is symmetric about window_samples / 2 (its sample 0 is zero). With the
// phase counted from there, which powers do not see, the cosine is even and the sine odd, so that
// x[c + d] + x[c - d] and x[c + d] - x[c - d] go through half as many products as x.
PowerSpectrum::PowerSpectrum(int window_samples, int fft_samples, int first_bin, int bins)
    : window_samples_(window_samples), bins_(bins), pairs_(window_samples / 2) {
  // The distance d is in half samples, and so is the circle.
  const int circle = 2 * fft_samples;
  std::vector<double> cosines(static_cast<std::size_t>(circle));
  std::vector<double> sines(cosines.size());
  for (std::size_t i = 0; i < cosines.size(); ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / circle;
    cosines[i] = std::cos(angle);
    sines[i] = std::sin(angle);
  }
  const std::size_t size = static_cast<std::size_t>(bins) * static_cast<std::size_t>(pairs_);
  cosine_.reserve(size);
  sine_.reserve(size);
  for (int bin = first_bin; bin < first_bin + bins; ++bin) {
    for (int pair = 0; pair < pairs_; ++pair) {
      const int half_samples = 2 * pair + window_samples % 2;
      const double hann = 0.5 + 0.5 * std::cos(std::numbers::pi * half_samples / window_samples);
      // The centre of an even window pairs with itself.
      const double weight = half_samples == 0 ? 0.5 * hann : hann;
      const auto phase =
          static_cast<std::size_t>(static_cast<std::int64_t>(bin) * half_samples % circle);
      cosine_.push_back(static_cast<float>(weight * cosines[phase]));
      sine_.push_back(static_cast<float>(weight * sines[phase]));
    }
  }
}

std::size_t PowerSpectrum::TableSize(int window_samples, int bins) {
  return static_cast<std::size_t>(window_samples) * static_cast<std::size_t>(bins);
}

PowerSpectrum::Scratch PowerSpectrum::MakeScratch() const {
  const auto pairs = static_cast<std::size_t>(pairs_) * kMaxFrames;
  return {std::vector<float>(pairs), std::vector<float>(pairs),
          std::vector<float>(static_cast<std::size_t>(bins_) * kMaxFrames)};
}

base::Result<void> PowerSpectrum::Compute(std::span<const float> samples, int hop_samples,
                                          int frames, std::span<float> power,
                                          Scratch& scratch) const {
  assert(frames >= 1 && frames <= kMaxFrames);
  for (int frame = 0; frame < frames; ++frame) {
    const float* window = &samples[static_cast<std::size_t>(frame) * hop_samples];
    // In an even window the centre, in an odd one the sample right of it.
    const float* right = window + (window_samples_ + 1) / 2;
    const float* left = window + window_samples_ / 2;
    float* even = &scratch.even[static_cast<std::size_t>(frame) * pairs_];
    float* odd = &scratch.odd[static_cast<std::size_t>(frame) * pairs_];
    for (int pair = 0; pair < pairs_; ++pair) {
      even[pair] = right[pair] + left[-pair];
      odd[pair] = right[pair] - left[-pair];
    }
  }
  {
    const SingleThread single_thread;
    if (!MultiplyTransposed(bins_, frames, pairs_, cosine_.data(), scratch.even.data(),
                            power.data()) ||
        !MultiplyTransposed(bins_, frames, pairs_, sine_.data(), scratch.odd.data(),
                            scratch.imaginary.data())) {
      return base::Fail(base::ErrorCode::kInternal,
                        "The spectrum could not be computed: oneDNN's matrix product failed.");
    }
  }
  const std::size_t values = static_cast<std::size_t>(bins_) * static_cast<std::size_t>(frames);
  for (std::size_t i = 0; i < values; ++i) {
    power[i] = power[i] * power[i] + scratch.imaginary[i] * scratch.imaginary[i];
  }
  return {};
}

}  // namespace heartbeat::features
