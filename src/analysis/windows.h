#pragma once

#include <cstddef>
#include <vector>

#include "audio/recording.h"

namespace heartbeat::analysis {

// First samples of the windows that cover a recording of `samples`: 0, step, 2 step, ... and, where
// these leave a rest of at least `hop_samples`, a last window that reaches back to its full length.
// `samples` >= window_samples; the others > 0.
[[nodiscard]] std::vector<std::size_t> WindowStarts(std::size_t samples, std::size_t window_samples,
                                                    std::size_t step_samples,
                                                    std::size_t hop_samples);

// The spectrogram frame at which the window that begins at sample `start` begins.
[[nodiscard]] constexpr std::size_t FirstFrame(std::size_t start, std::size_t hop_samples) {
  return (start + hop_samples / 2) / hop_samples;
}

// `recording` repeated from its start until it has `samples`; a longer one is unchanged. Not empty.
[[nodiscard]] audio::Recording RepeatToLength(audio::Recording recording, std::size_t samples);

}  // namespace heartbeat::analysis
