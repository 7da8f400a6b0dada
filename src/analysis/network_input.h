#pragma once

#include <cstddef>
#include <vector>

#include "analysis/model_metadata.h"
#include "audio/recording.h"
#include "base/result.h"
#include "features/log_mel.h"

namespace heartbeat::analysis {

// What the network is given of one recording: its windows one after the other.
struct NetworkInput {
  std::vector<std::size_t> starts;  // first sample of each window
  std::vector<float> values;        // [window, mel, frame], decibels times feature_scale
};

// `resampled`: at the front end's sample rate, and not empty. A recording shorter than a window is
// repeated to its length. Errors: those of LogMel::Compute.
[[nodiscard]] base::Result<NetworkInput> PrepareInput(const features::LogMel& log_mel,
                                                      const ModelMetadata& metadata,
                                                      audio::Recording resampled);

}  // namespace heartbeat::analysis
