#pragma once

#include <span>

#include "training/config.h"
#include "training/feature_cache.h"
#include "training/random.h"

namespace heartbeat::training {

// Draws a window of `frames` frames at a random place of the recording, changes it as `config`
// says, and writes it to `out`, [mel, frame], in decibels times `feature_scale`. The spectrogram's
// band medians are taken to be zero (Normalization::kBandMedian): a noise floor keeps them there.
// Of `out`, the first `mel_bands` rows are the bands, the others those of a second view
// (features::SecondView): each is changed as its own, from the same frames.
void DrawAugmentedWindow(const Example& example, const AugmentationConfig& config, int mel_bands,
                         double feature_scale, int frames, Random& random, std::span<float> out);

// The window that begins at `first_frame`, unchanged: what serving feeds the network.
void CopyWindow(const Example& example, std::size_t first_frame, double feature_scale, int frames,
                std::span<float> out);

}  // namespace heartbeat::training
