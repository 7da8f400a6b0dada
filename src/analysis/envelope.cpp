#include "analysis/envelope.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "features/band_pass.h"

namespace heartbeat::analysis {
namespace {

using features::PowerSpectrum;

constexpr double kWindowSeconds = 0.024;
constexpr int kBandBins = 3;
constexpr double kSmoothHz = 20;

int WindowSamples(int sample_rate_hz) {
  return static_cast<int>(std::lround(kWindowSeconds * sample_rate_hz));
}

int Bins(int sample_rate_hz) {
  const int window = WindowSamples(sample_rate_hz);
  const double bin_hz = static_cast<double>(sample_rate_hz) / window;
  return std::min(static_cast<int>(EnvelopeMeter::kHighestHz / bin_hz), window / 2);
}

}  // namespace

EnvelopeMeter::EnvelopeMeter(int sample_rate_hz)
    : sample_rate_hz_(sample_rate_hz),
      window_samples_(WindowSamples(sample_rate_hz)),
      hop_samples_(static_cast<int>(
          std::lround(static_cast<double>(sample_rate_hz) / Envelope::kFramesPerSecond))),
      bins_(Bins(sample_rate_hz)),
      spectrum_(window_samples_, window_samples_, 1, bins_) {
  // Both halves of the spectrum, over the window's length and the sum of its squares, 3/8 of that.
  const double mean_square = 2 / (0.375 * window_samples_ * window_samples_);
  for (int bin = 1; bin <= bins_; ++bin) {
    const double differencing = 2 * std::sin(std::numbers::pi * bin / window_samples_);
    bin_weights_.push_back(static_cast<float>(mean_square / (differencing * differencing)));
  }
}

base::Result<Envelope> EnvelopeMeter::Measure(std::span<const float> samples) const {
  const std::size_t size = std::max(samples.size(), static_cast<std::size_t>(window_samples_));
  std::vector<float> differences(size, 0.0F);
  for (std::size_t i = 1; i < samples.size(); ++i) differences[i] = samples[i] - samples[i - 1];

  const auto frames = static_cast<int>((size - window_samples_) / hop_samples_ + 1);
  Envelope envelope;
  envelope.frames_per_second = static_cast<double>(sample_rate_hz_) / hop_samples_;
  envelope.values.assign(static_cast<std::size_t>(frames), 0.0F);
  PowerSpectrum::Scratch scratch = spectrum_.MakeScratch();
  std::vector<float> power(static_cast<std::size_t>(bins_) * PowerSpectrum::kMaxFrames);
  double in_band = 0;
  double everywhere = 0;
  for (int first = 0; first < frames; first += PowerSpectrum::kMaxFrames) {
    const int count = std::min(PowerSpectrum::kMaxFrames, frames - first);
    const auto block = std::span(power).first(static_cast<std::size_t>(bins_) * count);
    const auto from =
        std::span<const float>(differences).subspan(static_cast<std::size_t>(first) * hop_samples_);
    if (const auto done = spectrum_.Compute(from, hop_samples_, count, block, scratch); !done) {
      return base::Fail(done);
    }
    float* values = &envelope.values[static_cast<std::size_t>(first)];
    for (int bin = 0; bin < bins_; ++bin) {
      const float* row = &block[static_cast<std::size_t>(bin) * count];
      const float weight = bin_weights_[static_cast<std::size_t>(bin)];
      float sum = 0;
      for (int i = 0; i < count; ++i) sum += row[i] * weight;
      everywhere += sum;
      if (bin >= kBandBins) continue;
      in_band += sum;
      for (int i = 0; i < count; ++i) values[i] += row[i] * weight;
    }
  }
  envelope.low_share = everywhere > 0 ? in_band / everywhere : 0;

  for (float& value : envelope.values) value = std::sqrt(value);
  static const features::BandPass smooth(0, kSmoothHz, Envelope::kFramesPerSecond);
  envelope.values = smooth.Apply(envelope.values);
  // The filter rings below zero after a sudden end.
  for (float& value : envelope.values) value = std::max(value, 0.0F);
  return envelope;
}

}  // namespace heartbeat::analysis
