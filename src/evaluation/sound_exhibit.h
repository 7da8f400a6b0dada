#pragma once

#include <cstddef>
#include <vector>

#include "audio/recording.h"
#include "base/result.h"

namespace heartbeat::evaluation {

// A recording to be heard and seen on a page.
struct SoundExhibit {
  static constexpr double kMaxSeconds = 8;
  static constexpr int kSampleRateHz = 4000;  // browsers play nothing below 3000 Hz
  static constexpr double kHighestHz = 800;   // of the picture, whose lower edge is 0 Hz
  static constexpr double kRangeDb = 60;      // from the picture's brightest to its darkest

  double seconds = 0;          // shown: the first of the recording
  std::vector<std::byte> wav;  // 20 to 900 Hz, the peak 1 dB below full scale
  std::vector<std::byte> png;  // spectrogram: time to the right, frequency upwards
};

// About 64 kB of sound and 50 kB of picture. `recording`: as audio::Decode gives it. Errors:
// kInternal where a library fails.
[[nodiscard]] base::Result<SoundExhibit> MakeSoundExhibit(const audio::Recording& recording);

}  // namespace heartbeat::evaluation
