#include "evaluation/sound_exhibit.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "audio/encode.h"
#include "audio/resample.h"
#include "evaluation/picture.h"
#include "features/band_pass.h"
#include "features/power_spectrum.h"

namespace heartbeat::evaluation {
namespace {

using features::PowerSpectrum;

constexpr double kLowHz = 20;
constexpr double kHighHz = 900;
constexpr double kPeak = 0.891;  // -1 dBFS
constexpr int kWindowSamples = 256;
constexpr int kFftSamples = 512;
constexpr int kHopSamples = 64;
constexpr int kBins =
    static_cast<int>(SoundExhibit::kHighestHz * kFftSamples / SoundExhibit::kSampleRateHz) + 1;

base::Result<std::vector<std::byte>> Picture(std::span<const float> samples) {
  const PowerSpectrum transform(kWindowSamples, kFftSamples, 0, kBins);
  PowerSpectrum::Scratch scratch = transform.MakeScratch();
  const int frames = 1 + static_cast<int>((samples.size() - kWindowSamples) / kHopSamples);
  const auto width = static_cast<std::size_t>(frames);
  std::vector<float> power(kBins * width);
  std::vector<float> block(std::size_t{kBins} * PowerSpectrum::kMaxFrames);
  for (int first = 0; first < frames; first += PowerSpectrum::kMaxFrames) {
    const int count = std::min(PowerSpectrum::kMaxFrames, frames - first);
    const auto part = std::span(block).first(static_cast<std::size_t>(kBins) * count);
    const auto done = transform.Compute(samples.subspan(std::size_t{kHopSamples} * first),
                                        kHopSamples, count, part, scratch);
    if (!done) return base::Fail(done);
    for (int bin = 0; bin < kBins; ++bin) {
      // The highest frequency is the topmost row.
      std::copy_n(part.begin() + static_cast<std::ptrdiff_t>(bin) * count, count,
                  power.begin() + static_cast<std::ptrdiff_t>((kBins - 1 - bin) * width) + first);
    }
  }
  const float brightest = std::max(*std::ranges::max_element(power), 1e-20F);
  std::vector<std::uint8_t> shades;
  shades.reserve(power.size());
  for (const float value : power) {
    const double below_db = 10 * std::log10(std::max(value / brightest, 1e-20F));
    const double share = std::clamp(1 + below_db / SoundExhibit::kRangeDb, 0.0, 1.0);
    shades.push_back(static_cast<std::uint8_t>(std::lround(255 * share)));
  }
  return EncodePng(shades, width);
}

}  // namespace

base::Result<SoundExhibit> MakeSoundExhibit(const audio::Recording& recording) {
  audio::Recording part = recording;
  const auto longest =
      static_cast<std::size_t>(SoundExhibit::kMaxSeconds * recording.sample_rate_hz);
  part.samples.resize(std::min(part.samples.size(), longest));
  auto sound = audio::Resample(part, SoundExhibit::kSampleRateHz);
  if (!sound) return base::Fail(sound);
  sound->samples = features::BandPass(kLowHz, kHighHz, sound->sample_rate_hz).Apply(sound->samples);
  float peak = 0;
  for (const float sample : sound->samples) peak = std::max(peak, std::abs(sample));
  if (peak > 0) {
    for (float& sample : sound->samples) sample *= static_cast<float>(kPeak) / peak;
  }
  SoundExhibit exhibit{.seconds = sound->DurationSeconds(), .wav = {}, .png = {}};
  auto wav = audio::EncodeWav(*sound);
  if (!wav) return base::Fail(wav);
  exhibit.wav = std::move(*wav);
  sound->samples.resize(std::max<std::size_t>(sound->samples.size(), kWindowSamples), 0.0F);
  auto png = Picture(sound->samples);
  if (!png) return base::Fail(png);
  exhibit.png = std::move(*png);
  return exhibit;
}

}  // namespace heartbeat::evaluation
