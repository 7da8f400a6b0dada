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
  bool from_cache = false;
};

// Computes the features of every entry on all cores, or reads them from `cache_folder` where the
// same recordings and the same front end were computed before. `min_samples`: shorter recordings
// are repeated to this length. `on_done(n)` as in evaluation::ScoreDataset. Errors: kIo,
// kInvalidArgument (every recording refused).
[[nodiscard]] base::Result<ExampleSet> LoadExamples(
    const std::vector<evaluation::DatasetEntry>& entries, const features::LogMelConfig& config,
    std::size_t min_samples, const std::filesystem::path& cache_folder,
    const std::function<void(std::size_t)>& on_done);

}  // namespace heartbeat::training
