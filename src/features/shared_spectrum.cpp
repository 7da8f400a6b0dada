#include "features/shared_spectrum.h"

#include <oneapi/dnnl/dnnl.h>

#include <cassert>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "base/vector_clones.h"
#include "features/single_thread.h"

namespace heartbeat::features {
namespace {

// The phase of bin k at a distance in half samples.
double Phase(int bin, int half_samples, int fft_samples) {
  const std::int64_t circle = std::int64_t{2} * fft_samples;
  const auto turns = static_cast<double>(std::int64_t{bin} * half_samples % circle);
  return 2 * std::numbers::pi * turns / static_cast<double>(circle);
}

// The transforms of all hops become those of the frames. `cosine`, `sine`: [bin, hop] with margins;
// `turns`: [bin, pair, 2]; `power`: [bin, frame] without margins; `rows`: [2 margin + 1, 2, frame],
// the imaginary parts with their signs turned.
struct Joining {
  int bins;
  int margin;
  int frames;
  int hops;        // all of them, frames - 1 + hops of a frame
  int frame_hops;  // even
  float hann_cosine;
  float hann_sine;
  const float* turns;
  const float* cosine;
  const float* sine;
  float* rows;
  float* power;
};

HEARTBEAT_VECTOR_CLONES void Join(const Joining& in) {
  const int frames = in.frames;
  const int half = in.frame_hops / 2;
  const int kept = 2 * in.margin + 1;
  const auto row_of = [&](int bin) {
    return in.rows + static_cast<std::ptrdiff_t>(bin % kept) * 2 * frames;
  };
  for (int bin = 0; bin < in.bins; ++bin) {
    float* __restrict real = row_of(bin);
    float* __restrict imaginary = real + frames;
    const float* cosines = in.cosine + static_cast<std::ptrdiff_t>(bin) * in.hops;
    const float* sines = in.sine + static_cast<std::ptrdiff_t>(bin) * in.hops;
    const float* turns = in.turns + static_cast<std::ptrdiff_t>(bin) * 2 * half;
    for (int i = 0; i < frames; ++i) {
      real[i] = 0;
      imaginary[i] = 0;
    }
    // Hops that stand equally far from the frame's centre, to its right and to its left.
    for (int pair = 0; pair < half; ++pair) {
      const float c = turns[2 * pair];
      const float s = turns[2 * pair + 1];
      const float* right_cosine = cosines + half + pair;
      const float* left_cosine = cosines + half - 1 - pair;
      const float* right_sine = sines + half + pair;
      const float* left_sine = sines + half - 1 - pair;
      for (int i = 0; i < frames; ++i) {
        real[i] += c * (right_cosine[i] + left_cosine[i]) - s * (right_sine[i] - left_sine[i]);
        imaginary[i] += c * (right_sine[i] + left_sine[i]) + s * (right_cosine[i] - left_cosine[i]);
      }
    }
    const int out = bin - 2 * in.margin;
    if (out < 0) continue;
    const float* below = row_of(out);
    const float* here = row_of(out + in.margin);
    float* __restrict power = in.power + static_cast<std::ptrdiff_t>(out) * frames;
    for (int i = 0; i < frames; ++i) {
      const float x = here[i] + in.hann_cosine * (below[i] + real[i]) +
                      in.hann_sine * (imaginary[i] - below[frames + i]);
      const float y = here[frames + i] + in.hann_cosine * (below[frames + i] + imaginary[i]) -
                      in.hann_sine * (real[i] - below[i]);
      power[i] = x * x + y * y;
    }
  }
}

}  // namespace

bool SharedSpectrum::Fits(int window_samples, int fft_samples, int hop_samples) {
  return hop_samples > 0 && hop_samples % 2 == 0 && window_samples % (2 * hop_samples) == 0 &&
         fft_samples % window_samples == 0;
}

SharedSpectrum::SharedSpectrum(int window_samples, int fft_samples, int hop_samples, int first_bin,
                               int bins)
    : hop_samples_(hop_samples),
      hops_(window_samples / hop_samples),
      pairs_(hop_samples / 2),
      margin_(fft_samples / window_samples),
      bins_(bins + 2 * margin_),
      hann_cosine_(static_cast<float>(0.5 * std::cos(std::numbers::pi / window_samples))),
      hann_sine_(static_cast<float>(0.5 * std::sin(std::numbers::pi / window_samples))) {
  assert(Fits(window_samples, fft_samples, hop_samples));
  const auto rows = static_cast<std::size_t>(bins_);
  cosine_.reserve(rows * static_cast<std::size_t>(pairs_));
  sine_.reserve(rows * static_cast<std::size_t>(pairs_));
  turns_.reserve(rows * static_cast<std::size_t>(hops_));
  for (int bin = first_bin - margin_; bin < first_bin - margin_ + bins_; ++bin) {
    for (int pair = 0; pair < pairs_; ++pair) {
      const double phase = Phase(bin, 2 * pair + 1, fft_samples);
      cosine_.push_back(static_cast<float>(0.5 * std::cos(phase)));
      sine_.push_back(static_cast<float>(0.5 * std::sin(phase)));
    }
    for (int pair = 0; pair < hops_ / 2; ++pair) {
      const double phase = Phase(bin, (2 * pair + 1) * hop_samples, fft_samples);
      turns_.push_back(static_cast<float>(std::cos(phase)));
      turns_.push_back(static_cast<float>(std::sin(phase)));
    }
  }
}

SharedSpectrum::Scratch SharedSpectrum::MakeScratch() const {
  const auto hops = static_cast<std::size_t>(kMaxFrames - 1 + hops_);
  const auto pairs = hops * static_cast<std::size_t>(pairs_);
  const auto transforms = hops * static_cast<std::size_t>(bins_);
  const auto rows = static_cast<std::size_t>(2 * margin_ + 1) * 2 * kMaxFrames;
  return {std::vector<float>(pairs), std::vector<float>(pairs), std::vector<float>(transforms),
          std::vector<float>(transforms), std::vector<float>(rows)};
}

base::Result<void> SharedSpectrum::Compute(std::span<const float> samples, int frames,
                                           std::span<float> power, Scratch& scratch) const {
  assert(frames >= 1 && frames <= kMaxFrames);
  const int hops = frames - 1 + hops_;
  for (int hop = 0; hop < hops; ++hop) {
    const float* right = &samples[static_cast<std::size_t>(hop) * hop_samples_] + pairs_;
    const float* left = right - 1;
    float* even = &scratch.even[static_cast<std::size_t>(hop) * pairs_];
    float* odd = &scratch.odd[static_cast<std::size_t>(hop) * pairs_];
    for (int pair = 0; pair < pairs_; ++pair) {
      even[pair] = right[pair] + left[-pair];
      odd[pair] = right[pair] - left[-pair];
    }
  }
  {
    const SingleThread single_thread;
    // [bin, hop] = [bin, pair] [hop, pair]^T.
    const auto multiply = [&](const std::vector<float>& table, const std::vector<float>& folded,
                              std::vector<float>& out) {
      return dnnl_sgemm('N', 'T', bins_, hops, pairs_, 1, table.data(), pairs_, folded.data(),
                        pairs_, 0, out.data(), hops) == dnnl_success;
    };
    if (!multiply(cosine_, scratch.even, scratch.cosine) ||
        !multiply(sine_, scratch.odd, scratch.sine)) {
      return base::Fail(base::ErrorCode::kInternal,
                        "The spectrum could not be computed: oneDNN's matrix product failed.");
    }
  }
  Join({.bins = bins_,
        .margin = margin_,
        .frames = frames,
        .hops = hops,
        .frame_hops = hops_,
        .hann_cosine = hann_cosine_,
        .hann_sine = hann_sine_,
        .turns = turns_.data(),
        .cosine = scratch.cosine.data(),
        .sine = scratch.sine.data(),
        .rows = scratch.rows.data(),
        .power = power.data()});
  return {};
}

}  // namespace heartbeat::features
