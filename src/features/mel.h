#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "features/log_mel.h"

namespace heartbeat::features {

// One triangular filter: weights of the transform's bins [first_bin, first_bin + weights.size()).
// Never a zero at either end; empty where the triangle falls between two bins.
struct MelFilter {
  int first_bin = 0;
  std::vector<float> weights;
};

// librosa's filters.mel (its published definition): triangles whose corners are equally spaced on
// the mel scale, `mel_bands` + 2 of them from min_hz to max_hz.
//   Slaney (Auditory Toolbox, 1998): mel = 3 f / 200 below 1000 Hz, 15 + 27 ln(f / 1000) / ln 6.4
//   above. HTK (HTK Book, 5.4): mel = 2595 log10(1 + f / 700).
// MelNorm::kSlaney divides each by half its width: 2 / (upper - lower corner in Hz). [mel]
[[nodiscard]] std::vector<MelFilter> MakeMelFilters(const LogMelConfig& config);

// The bins that any of the filters needs.
struct BinRange {
  int first = 0;
  int count = 0;
};
[[nodiscard]] BinRange BinsOf(std::span<const MelFilter> filters);

// Of a block of frames: each band's sum over its filter. `power`: [bin, frame] of `frames` frames
// from `first_bin`; `values`: [mel, frame] with `stride` from one band to the next, filled.
void ApplyMelFilters(std::span<const MelFilter> filters, int first_bin,
                     std::span<const float> power, int frames, std::size_t stride, float* values);

[[nodiscard]] double HzToMel(double hz, MelScale scale);
[[nodiscard]] double MelToHz(double mel, MelScale scale);

}  // namespace heartbeat::features
