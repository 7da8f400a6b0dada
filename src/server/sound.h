#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "audio/min_max.h"
#include "base/result.h"
#include "features/spectrogram_view.h"

namespace heartbeat::server {

// What is needed to draw a recording at any magnification, whatever its length and sample rate: at
// most 38 MB, for half an hour. See docs/decisions/0015-sound-and-events.md.
struct Sound {
  // Of the finest level that is kept: 131 s at 4 kHz need no coarser one than single samples.
  static constexpr std::size_t kMaxPoints = std::size_t{1} << 19;

  int sample_rate_hz = 0;  // the file's
  audio::MinMaxPyramid waveform;
  features::SpectrogramViewer spectrogram;

  [[nodiscard]] double DurationSeconds() const;
  [[nodiscard]] std::size_t bytes() const { return waveform.bytes() + spectrogram.bytes(); }
};

// Of the bytes of a file. Errors: those of audio::Decode and SpectrogramViewer::Create.
[[nodiscard]] base::Result<std::shared_ptr<const Sound>> ReadSound(
    std::span<const std::byte> bytes);

// Points [first, first + count) of the same file with so many samples for each: for a level that is
// finer than the waveform's finest. Decodes all of it again. Errors: those of audio::Decode.
[[nodiscard]] base::Result<std::vector<audio::MinMax>> ReadPoints(std::span<const std::byte> bytes,
                                                                  std::uint64_t samples_per_point,
                                                                  std::uint64_t first,
                                                                  std::size_t count);

}  // namespace heartbeat::server
