#include "evaluation/sound_levels.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "evaluation/quantile.h"

namespace heartbeat::evaluation {
namespace {

constexpr double kFrameSeconds = 0.05;
constexpr double kStartSeconds = 0.25;
constexpr double kConstantSeconds = 0.01;
constexpr double kSilentDbfs = -80;
constexpr std::size_t kClippedRun = 3;

double Dbfs(double magnitude) {
  return magnitude > 0 ? std::max(20 * std::log10(magnitude), kLowestDbfs) : kLowestDbfs;
}

double Rms(std::span<const float> samples, double mean) {
  double sum = 0;
  for (const float sample : samples) sum += (sample - mean) * (sample - mean);
  return std::sqrt(sum / static_cast<double>(std::max<std::size_t>(samples.size(), 1)));
}

void MeasureFrames(const audio::Recording& recording, double mean, SoundLevels& levels) {
  const std::span<const float> samples = recording.samples;
  const auto frame = std::clamp<std::size_t>(
      static_cast<std::size_t>(std::lround(recording.sample_rate_hz * kFrameSeconds)), 1,
      samples.size());
  std::vector<double> frames;
  for (std::size_t at = 0; at + frame <= samples.size(); at += frame) {
    frames.push_back(Dbfs(Rms(samples.subspan(at, frame), mean)));
  }
  std::ranges::sort(frames);
  levels.floor_dbfs = SortedQuantile(frames, 0.05);
  levels.dynamic_range_db = SortedQuantile(frames, 0.95) - levels.floor_dbfs;
  const auto silent = std::ranges::lower_bound(frames, kSilentDbfs) - frames.begin();
  levels.silent_percent = 100.0 * static_cast<double>(silent) / static_cast<double>(frames.size());
}

void MeasureRuns(const audio::Recording& recording, float low, float high, SoundLevels& levels) {
  const std::span<const float> samples = recording.samples;
  const auto constant_run = static_cast<std::size_t>(
      std::max(3.0, std::ceil(recording.sample_rate_hz * kConstantSeconds)));
  std::size_t clipped = 0;
  std::size_t constant = 0;
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin < samples.size();) {
    std::size_t end = begin + 1;
    while (end < samples.size() && samples[end] == samples[begin]) ++end;
    const std::size_t run = end - begin;
    if (run >= kClippedRun && (samples[begin] == low || samples[begin] == high)) clipped += run;
    if (run >= constant_run) constant += run;
    longest = std::max(longest, run);
    begin = end;
  }
  const auto total = static_cast<double>(samples.size());
  levels.clipped_percent = 100.0 * static_cast<double>(clipped) / total;
  levels.constant_percent = 100.0 * static_cast<double>(constant) / total;
  levels.longest_constant_ms = 1000.0 * static_cast<double>(longest) / recording.sample_rate_hz;
}

void MeasureSteps(std::vector<float> sorted, SoundLevels& levels) {
  std::ranges::sort(sorted);
  const float lower = sorted[sorted.size() / 4];
  const float upper = sorted[sorted.size() - 1 - sorted.size() / 4];
  sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
  levels.different_values = static_cast<double>(sorted.size());
  auto first = std::ranges::lower_bound(sorted, lower);
  auto last = std::ranges::upper_bound(sorted, upper);
  // Where half of the samples share one or two values, the steps of all are looked at.
  if (last - first < 3) {
    first = sorted.begin();
    last = sorted.end();
  }
  std::vector<double> gaps;
  for (auto it = first; it + 1 < last; ++it) gaps.push_back(double{it[1]} - double{it[0]});
  std::ranges::sort(gaps);
  levels.converter_bits = std::log2(2 / SortedQuantile(gaps, 0.5));
}

}  // namespace

SoundLevels MeasureLevels(const audio::Recording& recording) {
  const std::span<const float> samples = recording.samples;
  double sum = 0;
  for (const float sample : samples) sum += sample;
  const double mean = sum / static_cast<double>(samples.size());
  const auto [low, high] = std::ranges::minmax(samples);
  const double rms = Rms(samples, mean);

  SoundLevels levels;
  levels.peak_dbfs = Dbfs(std::max(std::abs(low), std::abs(high)));
  levels.rms_dbfs = Dbfs(rms);
  levels.crest_factor_db = Dbfs(std::max(high - mean, mean - low)) - levels.rms_dbfs;
  levels.offset_percent = 100 * mean;
  const auto start =
      std::min(static_cast<std::size_t>(std::lround(recording.sample_rate_hz * kStartSeconds)),
               samples.size());
  levels.start_level_db = Dbfs(Rms(samples.first(start), mean)) - levels.rms_dbfs;
  MeasureFrames(recording, mean, levels);
  MeasureRuns(recording, low, high, levels);
  MeasureSteps(recording.samples, levels);
  return levels;
}

}  // namespace heartbeat::evaluation
