#include "features/spectrogram_view.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <string>

#include "features/band_pass.h"
#include "features/power_spectrum.h"

namespace heartbeat::features {
namespace {

using base::ErrorCode;
using base::Fail;

constexpr int kRateHz = SpectrogramViewer::kSampleRateHz;
constexpr int kWindowSamples = 256;
static_assert(kWindowSamples == SpectrogramView::kWindowS * kRateHz);
constexpr int kTransformSamples = 2 * kWindowSamples;
constexpr double kBandHz = static_cast<double>(kRateHz) / kTransformSamples;
constexpr std::int64_t kMaxStepSamples = kWindowSamples / 2;
// Of the search for the loudest: as close as makes a difference of half a decibel.
constexpr std::int64_t kSearchStepSamples = kWindowSamples / 4;
constexpr double kLoudestFromHz = 20;
// A sine of -120 dB of full scale, whose transform is half its amplitude times the window's sum:
// what is nothing but rounding is not made bright.
constexpr float kLeastLoudest = (1e-6F * kWindowSamples / 4) * (1e-6F * kWindowSamples / 4);
constexpr float kLeastPower = std::numeric_limits<float>::min();

// Windows centred at first_centre, first_centre + step, ... of a recording with silence around it.
struct Windows {
  std::int64_t first_centre = 0;
  std::int64_t step_samples = 0;
  std::int64_t count = 0;
};

// Calls take(window, powers) for each, in order; powers: [bin] of [0, bins), `stride` apart.
template <typename Take>
base::Result<void> ForEachWindow(std::span<const float> samples, const Windows& windows, int bins,
                                 Take take) {
  const PowerSpectrum spectrum(kWindowSamples, kTransformSamples, 0, bins);
  constexpr std::int64_t kBlock = PowerSpectrum::kMaxFrames;
  std::vector<float> block(
      static_cast<std::size_t>((kBlock - 1) * windows.step_samples + kWindowSamples));
  std::vector<float> power(static_cast<std::size_t>(bins) * kBlock);
  auto scratch = spectrum.MakeScratch();
  const auto size = std::ssize(samples);
  for (std::int64_t done = 0; done < windows.count; done += kBlock) {
    const auto count = std::min(kBlock, windows.count - done);
    const auto start = windows.first_centre + done * windows.step_samples - kWindowSamples / 2;
    const auto length = (count - 1) * windows.step_samples + kWindowSamples;
    const auto begin = std::clamp<std::int64_t>(start, 0, size);
    const auto end = std::clamp<std::int64_t>(start + length, begin, size);
    std::fill(block.begin(), block.end(), 0.0F);
    std::copy(samples.begin() + begin, samples.begin() + end, block.begin() + (begin - start));
    const auto used = std::span(block).first(static_cast<std::size_t>(length));
    const auto powers = std::span(power).first(static_cast<std::size_t>(bins * count));
    if (auto computed = spectrum.Compute(used, static_cast<int>(windows.step_samples),
                                         static_cast<int>(count), powers, scratch);
        !computed) {
      return computed;
    }
    for (std::int64_t i = 0; i < count; ++i) {
      take(done + i, powers.subspan(static_cast<std::size_t>(i)), static_cast<std::size_t>(count));
    }
  }
  return {};
}

std::uint8_t LevelOf(float power, float loudest) {
  constexpr double kSteps = 255;
  const double db = 10 * std::log10(std::max(power, kLeastPower) / static_cast<double>(loudest));
  const double level =
      (db - SpectrogramView::kMinDb) * kSteps / (SpectrogramView::kMaxDb - SpectrogramView::kMinDb);
  return static_cast<std::uint8_t>(std::lround(std::clamp(level, 0.0, kSteps)));
}

// How frames lie in the samples [begin, end).
struct Layout {
  std::int64_t windows_per_frame = 1;
  std::int64_t step_samples = 1;
  std::int64_t frames = 1;

  [[nodiscard]] std::int64_t hop_samples() const { return windows_per_frame * step_samples; }
};

std::int64_t CeilDivide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

Layout LayOut(std::int64_t samples, std::int64_t max_frames) {
  const auto hop =
      std::max<std::int64_t>(CeilDivide(samples, max_frames), SpectrogramViewer::kMinHopSamples);
  Layout layout;
  layout.windows_per_frame = CeilDivide(hop, kMaxStepSamples);
  layout.step_samples = CeilDivide(hop, layout.windows_per_frame);
  layout.frames = CeilDivide(samples, layout.hop_samples());
  return layout;
}

}  // namespace

base::Result<SpectrogramViewer> SpectrogramViewer::Create(audio::Recording recording) {
  if (recording.sample_rate_hz != kSampleRateHz || recording.samples.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "A spectrogram is drawn of a recording with " + std::to_string(kSampleRateHz) +
                    " samples a second that is not empty; resample it first.");
  }
  SpectrogramViewer viewer(std::move(recording.samples));
  auto& samples = viewer.samples_;
  const double sum = std::accumulate(samples.begin(), samples.end(), 0.0);
  const auto mean = static_cast<float>(sum / static_cast<double>(samples.size()));
  for (float& sample : samples) sample -= mean;

  const BandPass heart(kLoudestFromHz, 0, kRateHz);
  float loudest = kLeastLoudest;
  const auto searched =
      ForEachWindow(heart.Apply(samples),
                    {.first_centre = 0,
                     .step_samples = kSearchStepSamples,
                     .count = 1 + std::ssize(samples) / kSearchStepSamples},
                    kTransformSamples / 2 + 1,
                    [&](std::int64_t, std::span<const float> powers, std::size_t stride) {
                      for (std::size_t at = 0; at < powers.size(); at += stride) {
                        loudest = std::max(loudest, powers[at]);
                      }
                    });
  if (!searched) return Fail(searched);
  viewer.loudest_ = loudest;
  return viewer;
}

base::Result<SpectrogramView> SpectrogramViewer::View(const SpectrogramRange& range) const {
  const auto total = std::ssize(samples_);
  const double last_sample = static_cast<double>(total);
  const auto begin =
      static_cast<std::int64_t>(std::clamp(std::floor(range.start_s * kRateHz), 0.0, last_sample));
  const auto end =
      static_cast<std::int64_t>(std::clamp(std::ceil(range.end_s * kRateHz), 0.0, last_sample));
  if (begin >= end) {
    return Fail(ErrorCode::kInvalidArgument,
                "There is nothing of the recording between the start and the end.");
  }
  if (range.max_frames < 1 || !(range.max_hz > 0) || range.max_hz > kMaxHz) {
    return Fail(ErrorCode::kInvalidArgument,
                "A spectrogram has 1 frame or more, and reaches up to 2000 Hz.");
  }
  const int bands = static_cast<int>(range.max_hz / kBandHz) + 1;
  const auto layout = LayOut(end - begin, range.max_frames);
  const auto frames = static_cast<std::size_t>(layout.frames);
  std::vector<float> loudest(static_cast<std::size_t>(bands) * frames);  // [band, frame]
  const auto drawn = ForEachWindow(
      samples_,
      {.first_centre = begin + layout.step_samples / 2,
       .step_samples = layout.step_samples,
       .count = layout.frames * layout.windows_per_frame},
      bands, [&](std::int64_t window, std::span<const float> powers, std::size_t stride) {
        auto out = static_cast<std::size_t>(window / layout.windows_per_frame);
        for (std::size_t at = 0; at < powers.size(); at += stride, out += frames) {
          loudest[out] = std::max(loudest[out], powers[at]);
        }
      });
  if (!drawn) return Fail(drawn);

  SpectrogramView view;
  view.bands = bands;
  view.frames = static_cast<int>(layout.frames);
  view.start_s = static_cast<double>(begin) / kRateHz;
  view.hop_s = static_cast<double>(layout.hop_samples()) / kRateHz;
  view.max_hz = (bands - 1) * kBandHz;
  view.levels.reserve(loudest.size());
  for (const float power : loudest) view.levels.push_back(LevelOf(power, loudest_));
  return view;
}

}  // namespace heartbeat::features
