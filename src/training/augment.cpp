#include "training/augment.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace heartbeat::training {
namespace {

constexpr float kDecibelsPerCentibel = 0.01F;
// log2(10) / 10 and its inverse: decibels to and from powers of two, whose exp and log are
// cheapest.
constexpr float kOctavesPerDecibel = 0.332192809F;
constexpr float kDecibelsPerOctave = 3.01029996F;

// Where each frame of a window is read from: between frames `below` and `below + 1`.
struct FramePosition {
  std::size_t below;
  float fraction;
};

std::vector<FramePosition> PlaceFrames(int recording_frames, int frames, double stretch,
                                       Random& random) {
  const double span = (frames - 1) * stretch;
  const double last = recording_frames - 1;
  // A stretched window may be longer than a short recording: then it is squeezed into it.
  const double step = span <= last ? stretch : last / (frames - 1);
  const double start = random.Uniform(0, std::max(0.0, last - step * (frames - 1)));
  std::vector<FramePosition> positions(static_cast<std::size_t>(frames));
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const double at = std::min(start + step * static_cast<double>(i), last);
    const double below = std::min(std::floor(at), std::max(0.0, last - 1));
    positions[i] = {static_cast<std::size_t>(below), static_cast<float>(at - below)};
  }
  return positions;
}

void MaskRun(std::size_t total, int longest, Random& random, std::size_t& begin,
             std::size_t& length) {
  length = random.Index(static_cast<std::size_t>(longest) + 1);
  length = std::min(length, total);
  begin = random.Index(total - length + 1);
}

}  // namespace

void DrawAugmentedWindow(const Example& example, const AugmentationConfig& config, int mel_bands,
                         double feature_scale, int frames, Random& random, std::span<float> out) {
  const auto width = static_cast<std::size_t>(frames);
  const std::size_t bands = out.size() / width;
  const auto first_view = static_cast<std::ptrdiff_t>(mel_bands);
  const auto source_frames = static_cast<std::size_t>(example.frames);
  const double stretch = random.Uniform(config.stretch_min, config.stretch_max);
  const auto positions = PlaceFrames(example.frames, frames, stretch, random);
  const std::ptrdiff_t shift = static_cast<std::ptrdiff_t>(random.Index(
                                   static_cast<std::size_t>(2 * config.band_shift + 1))) -
                               config.band_shift;
  const bool noisy = random.Uniform() < config.noise_probability;
  double noise_db = random.Uniform(config.noise_min_db, config.noise_max_db);
  double offset_db = random.Uniform(-config.gain_db, config.gain_db);
  const auto scale = static_cast<float>(feature_scale);

  for (std::size_t band = 0; band < bands; ++band) {
    const auto row_index = static_cast<std::ptrdiff_t>(band);
    const bool in_first = row_index < first_view;
    const auto source_band = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(
        row_index - shift, in_first ? 0 : first_view,
        (in_first ? first_view : static_cast<std::ptrdiff_t>(bands)) - 1));
    const auto source =
        std::span(example.centibels).subspan(source_band * source_frames, source_frames);
    const std::span<float> row = out.subspan(band * width, width);
    for (std::size_t i = 0; i < width; ++i) {
      const auto [below, fraction] = positions[i];
      const std::size_t above = std::min(below + 1, source_frames - 1);
      row[i] = std::lerp(static_cast<float>(source[below]), static_cast<float>(source[above]),
                         fraction) *
               kDecibelsPerCentibel;
    }
    if (noisy) {
      // Noise at `noise_db` beside a band whose median is 0 dB: powers add, and the new median is
      // subtracted again.
      const float noise_power = std::exp2(static_cast<float>(noise_db) * kOctavesPerDecibel);
      const float median = std::log2(1 + noise_power);
      for (float& value : row) {
        value = kDecibelsPerOctave *
                (std::log2(std::exp2(value * kOctavesPerDecibel) + noise_power) - median);
      }
      noise_db += config.equalizer_step_db * random.Normal();
    }
    for (float& value : row) value = (value + static_cast<float>(offset_db)) * scale;
    offset_db += config.equalizer_step_db * random.Normal();
  }

  for (int i = 0; i < config.time_masks; ++i) {
    std::size_t begin = 0;
    std::size_t length = 0;
    MaskRun(width, config.time_mask_frames, random, begin, length);
    for (std::size_t band = 0; band < bands; ++band) {
      std::ranges::fill(out.subspan(band * width + begin, length), 0.0F);
    }
  }
  for (int i = 0; i < config.band_masks; ++i) {
    std::size_t begin = 0;
    std::size_t length = 0;
    MaskRun(bands, config.band_mask_bands, random, begin, length);
    std::ranges::fill(out.subspan(begin * width, length * width), 0.0F);
  }
}

void CopyWindow(const Example& example, std::size_t first_frame, double feature_scale, int frames,
                std::span<float> out) {
  const auto width = static_cast<std::size_t>(frames);
  const auto source_frames = static_cast<std::size_t>(example.frames);
  const auto scale = static_cast<float>(feature_scale) * kDecibelsPerCentibel;
  for (std::size_t band = 0; band * width < out.size(); ++band) {
    for (std::size_t i = 0; i < width; ++i) {
      out[band * width + i] =
          static_cast<float>(example.centibels[band * source_frames + first_frame + i]) * scale;
    }
  }
}

}  // namespace heartbeat::training
