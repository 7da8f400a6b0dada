#pragma once

#include <string>
#include <vector>

namespace heartbeat::audio {

// One channel of sound. Every sample is finite.
struct Recording {
  std::vector<float> samples;  // [sample], full scale is ±1
  int sample_rate_hz = 0;

  [[nodiscard]] double DurationSeconds() const {
    return sample_rate_hz > 0 ? static_cast<double>(samples.size()) / sample_rate_hz : 0.0;
  }
};

// What the file said of itself, before mixing to mono and resampling.
struct SourceInfo {
  std::string format;      // "WAV", "FLAC", "OGG" (Vorbis or Opus) or "MP3"
  int sample_rate_hz = 0;  // as stored in the file
  int channels = 0;
  double duration_s = 0;   // of what was decoded
  bool truncated = false;  // the file was cut off; `samples` hold what decoded before the cut
};

struct DecodedRecording {
  Recording recording;  // mono
  SourceInfo source;
};

}  // namespace heartbeat::audio
