#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "training/config.h"
#include "training/feature_cache.h"
#include "training/history.h"
#include "training/murmur_sampler.h"
#include "training/network.h"
#include "training/run_progress.h"
#include "training/sampler.h"

namespace heartbeat::training {

struct TrainObserver {
  std::function<void(const Progress&)> on_step;
  std::function<void(const EpochRecord&, bool best)> on_epoch;
};

struct TrainOutcome {
  // The averaged weights of the epoch to keep (optimizer.keep), in evaluation mode, on the CPU.
  Network network{nullptr};
  std::vector<EpochRecord> history;
  int best_epoch = 0;  // the one that was kept, from 1
  bool stopped_early = false;
};

// A training run over `examples`, from random weights or from those of `start`. After each epoch,
// and when `*stop` becomes true, everything needed to go on is written to `checkpoint`
// (atomically); with `resume` the run goes on from there as if it had never stopped. Errors:
// kCancelled (stopped; the checkpoint is written), kIo, kInvalidArgument (no CUDA device; a
// checkpoint of another network), kInternal (the loss became non-finite, libtorch failed).
[[nodiscard]] base::Result<TrainOutcome> Train(
    const TrainConfig& config, const std::vector<Example>& examples, const Split& split,
    const std::filesystem::path& checkpoint, bool resume, const std::atomic<bool>& stop,
    const TrainObserver& observer, const Network& start = nullptr);

// What a network says of a recording.
struct MeanOutput {
  double logit = 0;
  std::array<double, kMurmurClasses> murmur{};  // its logits; zeros without a murmur output
};
// The means over each example's windows, exactly as serving places them. `network` in evaluation
// mode, on the CPU or `device`.
[[nodiscard]] std::vector<MeanOutput> MeanOutputs(Network& network, const TrainConfig& config,
                                                  const std::vector<Example>& examples,
                                                  std::span<const std::size_t> indices);
// Their logits alone.
[[nodiscard]] std::vector<double> MeanLogits(Network& network, const TrainConfig& config,
                                             const std::vector<Example>& examples,
                                             std::span<const std::size_t> indices);

}  // namespace heartbeat::training
