#include "analysis/windows.h"

namespace heartbeat::analysis {

std::vector<std::size_t> WindowStarts(std::size_t samples, std::size_t window_samples,
                                      std::size_t step_samples, std::size_t hop_samples) {
  std::vector<std::size_t> starts;
  const std::size_t last = samples - window_samples;
  for (std::size_t start = 0; start <= last; start += step_samples) starts.push_back(start);
  // A rest shorter than a hop holds no frame of its own.
  if (last - starts.back() >= hop_samples) starts.push_back(last);
  return starts;
}

audio::Recording RepeatToLength(audio::Recording recording, std::size_t samples) {
  const std::size_t period = recording.samples.size();
  if (period >= samples) return recording;
  recording.samples.resize(samples);
  for (std::size_t i = period; i < samples; ++i) {
    recording.samples[i] = recording.samples[i - period];
  }
  return recording;
}

}  // namespace heartbeat::analysis
