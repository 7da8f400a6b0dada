#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/dataset.h"
#include "features/log_mel.h"

namespace heartbeat::training {

// One recording ready to be learned from: what the serving path would give the network, unscaled.
struct Example {
  evaluation::DatasetEntry entry;
  std::size_t samples = 0;  // after resampling and repeating to one window
  int frames = 0;
  // [mel, frame] in hundredths of a decibel: half the memory of floats, and far finer than any
  // noise.
  std::vector<std::int16_t> centibels;
};

struct ExampleSet {
  std::vector<Example> examples;
  std::vector<std::string> refused;  // "database/record: why", of recordings that cannot be heard
  std::string sha256;                // fingerprint of the recordings' bytes, labels and order
  std::size_t computed = 0;          // the features of the others were read from the cache
};

// Computes the features of every entry on all cores, or reads those of the same bytes and the same
// front end from `cache_folder`, which several runs may share at once: one file a recording, under
// the name of what it was computed from. `min_samples`: shorter recordings are repeated to this
// length. `on_done(n)` as in evaluation::ScoreDataset. Errors: kIo, kInvalidArgument (every
// recording refused).
[[nodiscard]] base::Result<ExampleSet> LoadExamples(
    const std::vector<evaluation::DatasetEntry>& entries, const features::LogMelConfig& config,
    std::size_t min_samples, const std::filesystem::path& cache_folder,
    const std::function<void(std::size_t)>& on_done);

}  // namespace heartbeat::training
