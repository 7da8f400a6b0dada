#pragma once

#include <torch/types.h>

#include <cstddef>
#include <span>
#include <vector>

#include "training/config.h"
#include "training/feature_cache.h"
#include "training/murmur_sampler.h"
#include "training/sampler.h"

namespace heartbeat::training {

// [count, 1, mel, frame], not filled.
[[nodiscard]] torch::Tensor EmptyWindows(const TrainConfig& config, std::size_t count);
// The numbers of window i.
[[nodiscard]] std::span<float> WindowOf(torch::Tensor& windows, std::size_t i);
[[nodiscard]] int WindowSamples(const TrainConfig& config);
[[nodiscard]] int WindowFrames(const TrainConfig& config);

// What a step learns from. The windows of the first task, normal and abnormal, come before those of
// the murmurs.
struct Batch {
  torch::Tensor windows;           // [batch, 1, mel, frame]
  torch::Tensor targets;           // [labelled, 1], 0..1
  torch::Tensor offsets;           // [labelled, 1], added to the logits in the loss
  std::vector<std::size_t> cells;  // [labelled], the same number: the same database and class
  torch::Tensor murmur_targets;    // [murmur, 3], each row adds up to 1; no rows without that task
  torch::Tensor murmur_offsets;    // [murmur, 3]
};

struct Samplers {
  Sampler labelled;
  MurmurSampler murmur;
};

// Draws the windows of a step, changes them (DrawAugmentedWindow) and mixes each with another of
// its task. Depends on its place in the run alone, so that a resumed run sees the same ones.
// `epoch` and `step` from 0.
[[nodiscard]] Batch MakeBatch(const TrainConfig& config, const std::vector<Example>& examples,
                              const Samplers& samplers, int epoch, int step);

}  // namespace heartbeat::training
