#include "analysis/network_input.h"

#include <cmath>
#include <utility>

#include "analysis/windows.h"

namespace heartbeat::analysis {

base::Result<NetworkInput> PrepareInput(const features::LogMel& log_mel,
                                        const ModelMetadata& metadata, audio::Recording resampled) {
  const auto window_samples = static_cast<std::size_t>(metadata.WindowSamples());
  const audio::Recording heard = RepeatToLength(std::move(resampled), window_samples);
  const auto spectrogram = log_mel.Compute(heard);
  if (!spectrogram) return base::Fail(spectrogram);

  const auto hop = static_cast<std::size_t>(metadata.features.hop_samples);
  const auto step = std::lround(metadata.window_step_s * metadata.features.sample_rate_hz);
  NetworkInput input;
  input.starts =
      WindowStarts(heard.samples.size(), window_samples, static_cast<std::size_t>(step), hop);
  const auto frames = static_cast<std::size_t>(metadata.WindowFrames());
  const auto scale = static_cast<float>(metadata.feature_scale);
  input.values.reserve(input.starts.size() * static_cast<std::size_t>(spectrogram->mel_bands) *
                       frames);
  for (const std::size_t start : input.starts) {
    const std::size_t first_frame = FirstFrame(start, hop);
    for (int mel = 0; mel < spectrogram->mel_bands; ++mel) {
      for (const float decibels : spectrogram->Band(mel).subspan(first_frame, frames)) {
        input.values.push_back(decibels * scale);
      }
    }
  }
  return input;
}

}  // namespace heartbeat::analysis
