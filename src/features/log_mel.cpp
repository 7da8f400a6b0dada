#include "features/log_mel.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "base/vector_clones.h"
#include "features/band_median.h"
#include "features/band_pass.h"
#include "features/band_standard.h"
#include "features/decibels.h"
#include "features/frame_spectrum.h"
#include "features/mel.h"

namespace heartbeat::features {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

// Beyond this a float's range would not hold the powers.
constexpr float kMaxSample = 1e6F;

// False where one is no number, too.
HEARTBEAT_VECTOR_CLONES bool AreAllWithin(float magnitude, std::span<const float> samples) {
  std::size_t within = 0;
  for (const float sample : samples) within += std::abs(sample) <= magnitude ? 1 : 0;
  return within == samples.size();
}

Result<void> CheckSamples(std::span<const float> samples) {
  if (AreAllWithin(kMaxSample, samples)) return {};
  if (!std::ranges::all_of(samples, [](float sample) { return std::isfinite(sample); })) {
    return Fail(ErrorCode::kNonFiniteSamples,
                "The recording holds samples that are not numbers. Export it again as 16-bit WAV.");
  }
  return Fail(ErrorCode::kCorruptRecording,
              "The recording holds samples more than a million times louder than full scale. "
              "Export it again as 16-bit WAV.");
}

// The sample that stands at `index` of the padded recording; index may be negative.
float PaddedSample(std::span<const float> samples, std::ptrdiff_t index, Padding padding) {
  const auto count = std::ssize(samples);
  if (index >= 0 && index < count) return samples[static_cast<std::size_t>(index)];
  if (padding == Padding::kConstant) return 0;
  if (count == 1) return samples[0];
  const std::ptrdiff_t period = 2 * (count - 1);
  index = ((index % period) + period) % period;
  return samples[static_cast<std::size_t>(std::min(index, period - index))];
}

Spectrogram Standardized(const Spectrogram& decibels, const SecondView& view) {
  Spectrogram bands;
  bands.mel_bands = view.bands;
  bands.frames = decibels.frames;
  const auto frames = static_cast<std::size_t>(decibels.frames);
  const auto values = std::span(decibels.values)
                          .subspan(static_cast<std::size_t>(view.first_band) * frames,
                                   static_cast<std::size_t>(view.bands) * frames);
  bands.values.assign(values.begin(), values.end());
  StandardizeBands(bands);
  return bands;
}

}  // namespace

struct LogMel::Impl {
  LogMelConfig config;
  std::optional<BandPass> band_pass;
  std::vector<MelFilter> filters;
  BinRange bins;
  FrameSpectrum spectrum;

  // Samples [start, start + out.size()) of the padded recording.
  void CopyPadded(std::span<const float> samples, std::ptrdiff_t start,
                  std::span<float> out) const {
    if (start >= 0 && start + std::ssize(out) <= std::ssize(samples)) {
      std::copy_n(samples.begin() + start, out.size(), out.begin());
      return;
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = PaddedSample(samples, start + static_cast<std::ptrdiff_t>(i), config.padding);
    }
  }
};

LogMel::LogMel(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
LogMel::LogMel(LogMel&&) noexcept = default;
LogMel& LogMel::operator=(LogMel&&) noexcept = default;
LogMel::~LogMel() = default;

const LogMelConfig& LogMel::config() const { return impl_->config; }

Result<LogMel> LogMel::Create(const LogMelConfig& config) {
  if (auto valid = config.Validate(); !valid) return Fail(valid);
  auto filters = MakeMelFilters(config);
  const auto bins = BinsOf(filters);
  std::optional<BandPass> band_pass;
  if (config.band_pass_low_hz > 0 || config.band_pass_high_hz > 0) {
    band_pass.emplace(config.band_pass_low_hz, config.band_pass_high_hz, config.sample_rate_hz);
  }
  FrameSpectrum spectrum(config.window_samples, config.fft_samples, config.hop_samples, bins.first,
                         bins.count);
  return LogMel(std::make_unique<const Impl>(
      Impl{config, std::move(band_pass), std::move(filters), bins, std::move(spectrum)}));
}

Result<Spectrogram> LogMel::Compute(const audio::Recording& recording) const {
  const auto& config = impl_->config;
  if (recording.sample_rate_hz != config.sample_rate_hz) {
    return Fail(ErrorCode::kInvalidArgument,
                "The recording has " + std::to_string(recording.sample_rate_hz) +
                    " samples a second, but the front end takes " +
                    std::to_string(config.sample_rate_hz) + "; resample it first.");
  }
  if (recording.samples.empty()) {
    return Fail(ErrorCode::kEmptyRecording, "The recording has no samples.");
  }
  if (auto ok = CheckSamples(recording.samples); !ok) return Fail(ok);

  Spectrogram out;
  out.mel_bands = config.mel_bands;
  out.frames = config.FrameCount(recording.samples.size());
  if (static_cast<std::size_t>(out.frames) >
      kMaxSpectrogramValues / static_cast<std::size_t>(config.Rows())) {
    return Fail(ErrorCode::kRecordingTooLong,
                "The recording is too long for this front end: its spectrogram would have " +
                    std::to_string(out.frames) + " frames of " + std::to_string(config.Rows()) +
                    " bands. Cut it, or use a longer hop.");
  }
  std::vector<float> filtered;
  std::span<const float> samples = recording.samples;
  if (impl_->band_pass) {
    filtered = impl_->band_pass->Apply(samples);
    samples = filtered;
  }
  out.values.resize(static_cast<std::size_t>(out.mel_bands) * static_cast<std::size_t>(out.frames));

  // Frame i is centred on sample i * hop; its window starts half a transform earlier, and then
  // where the zero-padded window begins.
  const int offset = (config.fft_samples - config.window_samples) / 2 - config.fft_samples / 2;
  const int block_frames = impl_->spectrum.max_frames();
  const auto samples_of = [&](int frames) {
    return static_cast<std::size_t>(frames - 1) * static_cast<std::size_t>(config.hop_samples) +
           static_cast<std::size_t>(config.window_samples);
  };
  std::vector<float> block(samples_of(block_frames));
  std::vector<float> power(static_cast<std::size_t>(impl_->bins.count) * block_frames);
  auto scratch = impl_->spectrum.MakeScratch();
  for (int frame = 0; frame < out.frames; frame += block_frames) {
    const int frames = std::min(block_frames, out.frames - frame);
    const auto used = std::span(block).first(samples_of(frames));
    const auto start = static_cast<std::ptrdiff_t>(frame) * config.hop_samples + offset;
    impl_->CopyPadded(samples, start, used);
    const auto block_power =
        std::span(power).first(static_cast<std::size_t>(impl_->bins.count) * frames);
    if (auto ok = impl_->spectrum.Compute(used, frames, block_power, scratch); !ok) {
      return Fail(ok);
    }
    ApplyMelFilters(impl_->filters, impl_->bins.first, block_power, frames,
                    static_cast<std::size_t>(out.frames),
                    &out.values[static_cast<std::size_t>(frame)]);
  }

  PowerToDecibels(config, out.values);
  Spectrogram second;
  if (config.second_view) second = Standardized(out, *config.second_view);
  switch (config.normalization) {
    case Normalization::kNone:
      break;
    case Normalization::kBandMedian:
      SubtractBandMedians(out);
      break;
    case Normalization::kBandStandard:
      StandardizeBands(out);
      break;
  }
  out.mel_bands += second.mel_bands;
  out.values.insert(out.values.end(), second.values.begin(), second.values.end());
  return out;
}

}  // namespace heartbeat::features
