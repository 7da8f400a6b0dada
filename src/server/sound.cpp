#include "server/sound.h"

#include <limits>
#include <optional>
#include <utility>

#include "audio/decode.h"
#include "audio/resample.h"

namespace heartbeat::server {
namespace {

using base::Fail;

constexpr int kSpectrogramRateHz = features::SpectrogramViewer::kSampleRateHz;

// What was heard once is shown, whatever the limit of the server is now.
audio::DecodeLimits Limits() {
  audio::DecodeLimits limits;
  limits.max_file_bytes = std::numeric_limits<std::size_t>::max();
  return limits;
}

// Collects both while the recording is decoded once.
class Collector {
 public:
  base::Result<void> Take(std::span<const float> samples, int sample_rate_hz) {
    waveform_.Append(samples);
    if (!resampler_) {
      auto created = audio::Resampler::Create(sample_rate_hz, kSpectrogramRateHz);
      if (!created) return Fail(created);
      resampler_.emplace(*std::move(created));
    }
    return Keep(resampler_->Push(samples));
  }

  base::Result<std::shared_ptr<const Sound>> Finish(int sample_rate_hz) {
    waveform_.Finish();
    if (auto kept = Keep(resampler_->Finish()); !kept) return Fail(kept);
    resampled_.shrink_to_fit();
    auto spectrogram = features::SpectrogramViewer::Create(
        {.samples = std::move(resampled_), .sample_rate_hz = kSpectrogramRateHz});
    if (!spectrogram) return Fail(spectrogram);
    return std::make_shared<const Sound>(Sound{.sample_rate_hz = sample_rate_hz,
                                               .waveform = std::move(waveform_),
                                               .spectrogram = *std::move(spectrogram)});
  }

 private:
  base::Result<void> Keep(const base::Result<std::span<const float>>& samples) {
    if (!samples) return Fail(samples);
    resampled_.insert(resampled_.end(), samples->begin(), samples->end());
    return {};
  }

  audio::MinMaxPyramid waveform_{Sound::kMaxPoints};
  std::optional<audio::Resampler> resampler_;
  std::vector<float> resampled_;
};

}  // namespace

double Sound::DurationSeconds() const {
  return static_cast<double>(waveform.samples()) / sample_rate_hz;
}

base::Result<std::shared_ptr<const Sound>> ReadSound(std::span<const std::byte> bytes) {
  Collector collector;
  const auto source =
      audio::DecodeInPieces(bytes, Limits(), 0, [&](std::span<const float> samples, int rate_hz) {
        return collector.Take(samples, rate_hz);
      });
  if (!source) return Fail(source);
  return collector.Finish(source->sample_rate_hz);
}

base::Result<std::vector<audio::MinMax>> ReadPoints(std::span<const std::byte> bytes,
                                                    std::uint64_t samples_per_point,
                                                    std::uint64_t first, std::size_t count) {
  audio::MinMaxReducer reducer(samples_per_point, first, count);
  const auto source = audio::DecodeInPieces(
      bytes, Limits(), 0, [&](std::span<const float> samples, int) -> base::Result<void> {
        reducer.Append(samples);
        return {};
      });
  if (!source) return Fail(source);
  return reducer.Finish();
}

}  // namespace heartbeat::server
