#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "audio/recording.h"
#include "base/result.h"

namespace heartbeat::features {

// Which part of a spectrogram is shown, and how finely.
struct SpectrogramRange {
  double start_s = 0;  // rounded down to a sample, at least 0
  double end_s = 0;    // rounded up, at most the recording's end
  int max_frames = 1024;
  double max_hz = 1000;  // rounded down to a band
};

// What a spectrogram looks like. Frame i covers the time from start_s + i * hop_s to hop_s later;
// the last may reach beyond the end. Bands are centred at equal distances from 0 Hz (the first) to
// max_hz (the last).
struct SpectrogramView {
  static constexpr double kMinDb = -80;
  static constexpr double kMaxDb = 0;
  static constexpr double kWindowS = 0.064;

  int bands = 0;
  int frames = 0;
  double start_s = 0;
  double hop_s = 0;
  double max_hz = 0;
  // [band, frame], the lowest band first: 0 is kMinDb or less, 255 is kMaxDb or more, equal steps
  // between them.
  std::vector<std::uint8_t> levels;
};

// Draws any part of a recording's spectrogram from its samples. Const calls are thread-safe.
//
// A value is the power (Hann window of 64 ms, zero-padded to twice that) in decibels relative to
// the loudest of the whole recording, so that a part looks the same whatever is shown beside it. A
// frame that is longer than half a window shows the loudest of the windows in it, so that nothing
// short is lost in a long recording. The recording's mean is taken out first. The loudest is looked
// for above 20 Hz (BandPass): below, the rumble of a microphone that is moved may be louder than
// any heart, and is then shown as kMaxDb. It is never taken for less than a sine of -120 dB of full
// scale.
class SpectrogramViewer {
 public:
  static constexpr int kSampleRateHz = 4000;
  static constexpr double kMaxHz = kSampleRateHz / 2.0;
  static constexpr int kMinHopSamples = 4;  // 1 ms: a finer one would show nothing new

  // Errors: kInvalidArgument where the recording has another rate than kSampleRateHz, or no
  // samples; kInternal where oneDNN fails.
  [[nodiscard]] static base::Result<SpectrogramViewer> Create(audio::Recording recording);

  // Errors: kInvalidArgument for a range with no part of the recording, max_frames below 1, or
  // max_hz not above 0 and up to kMaxHz; kInternal where oneDNN fails. Takes 4 bytes for each value
  // and time in proportion to the length of the range: 0.2 s for half an hour.
  [[nodiscard]] base::Result<SpectrogramView> View(const SpectrogramRange& range) const;

  [[nodiscard]] std::size_t bytes() const { return samples_.capacity() * sizeof(float); }

 private:
  explicit SpectrogramViewer(std::vector<float> samples) : samples_(std::move(samples)) {}

  std::vector<float> samples_;  // without their mean
  float loudest_ = 0;           // the power that is 0 dB; positive
};

}  // namespace heartbeat::features
