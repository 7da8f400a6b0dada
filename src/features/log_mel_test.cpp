#include "features/log_mel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace heartbeat::features {
namespace {

audio::Recording Sine(double hz, double seconds, double amplitude = 0.5) {
  audio::Recording recording{{}, 4000};
  recording.samples.resize(static_cast<std::size_t>(seconds * 4000));
  for (std::size_t i = 0; i < recording.samples.size(); ++i) {
    recording.samples[i] = static_cast<float>(
        amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / 4000));
  }
  return recording;
}

LogMelConfig WithoutNormalization() {
  LogMelConfig config;
  config.normalization = Normalization::kNone;
  return config;
}

TEST(LogMel, SineLandsInTheBandAroundItsFrequency) {
  const auto log_mel = LogMel::Create(WithoutNormalization()).value();
  const auto centers = MelCentersHz(log_mel.config());
  for (const double hz : {50.0, 100.0, 400.0}) {
    const auto spectrogram = log_mel.Compute(Sine(hz, 2)).value();
    const int middle = spectrogram.frames / 2;
    int loudest = 0;
    for (int mel = 1; mel < spectrogram.mel_bands; ++mel) {
      if (spectrogram.At(mel, middle) > spectrogram.At(loudest, middle)) loudest = mel;
    }
    // Bands are 6 Hz apart.
    EXPECT_NEAR(centers[static_cast<std::size_t>(loudest)], hz, 6.1) << hz << " Hz";
  }
}

}  // namespace
}  // namespace heartbeat::features
