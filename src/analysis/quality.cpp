#include "analysis/quality.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

#include "analysis/quality_terms.h"
#include "analysis/rhythm.h"

namespace heartbeat::analysis {
namespace {

constexpr double kPartSeconds = 20;
constexpr double kGoodScore = 0.5;
constexpr double kQuietDbfs = -70;
constexpr double kClippedRemark = 0.02;
constexpr double kClippedTooMuch = 0.1;
constexpr double kLostTooMuch = 1.0 / 3;
constexpr std::size_t kSpansNamed = 3;
constexpr double kSmallestLevel = 1e-9;

static_assert(kQualityTerms.size() == kQualityMeasures.size());

double Score(const QualityMeasures& measures) {
  double sum = kQualityBias;
  for (std::size_t i = 0; i < kQualityTerms.size(); ++i) {
    const QualityTerm& term = kQualityTerms[i];
    const double deviation = (measures.*kQualityMeasures[i].value - term.mean) / term.spread;
    sum += term.weight * std::clamp(deviation, -kQualityDeviations, kQualityDeviations);
  }
  return 1 / (1 + std::exp(-sum));
}

// "2 to 5 s, 8 to 9 s and 4 more times"; outwards to whole seconds.
std::string Times(std::span<const TimeSpan> spans) {
  std::string text;
  const std::size_t named = std::min(spans.size(), kSpansNamed);
  for (std::size_t i = 0; i < named; ++i) {
    if (i > 0) text += i + 1 == spans.size() ? " and " : ", ";
    text += std::to_string(std::lround(std::floor(spans[i].start_s))) + " to " +
            std::to_string(std::lround(std::ceil(spans[i].end_s))) + " s";
  }
  if (spans.size() > named) {
    text += " and " + std::to_string(spans.size() - named) + " more times";
  }
  return text;
}

// Parts that follow each other as one.
void AddSpan(TimeSpan span, std::vector<TimeSpan>& spans) {
  constexpr double kTouching = 0.3;
  if (!spans.empty() && span.start_s - spans.back().end_s < kTouching) {
    spans.back().end_s = span.end_s;
  } else {
    spans.push_back(span);
  }
}

double Seconds(std::span<const TimeSpan> spans) {
  double sum = 0;
  for (const TimeSpan& span : spans) sum += span.end_s - span.start_s;
  return sum;
}

double MedianScore(std::span<const QualityPart> parts) {
  std::vector<double> scores;
  for (const QualityPart& part : parts) scores.push_back(part.score);
  const auto middle = scores.begin() + (std::ssize(scores) - 1) / 2;
  std::ranges::nth_element(scores, middle);
  return *middle;
}

Quality Judge(const QualityReport& report, bool has_rhythm, double duration_s) {
  Quality quality;
  quality.score = MedianScore(report.parts);
  const auto say = [&](bool is_obstacle, std::string reason) {
    quality.ok = quality.ok && !is_obstacle;
    quality.reasons.push_back(std::move(reason));
  };
  if (report.level_dbfs < kQuietDbfs) {
    say(true, "too quiet: press the stethoscope more firmly, or raise the gain");
  }
  if (quality.score < kGoodScore) {
    say(true,
        has_rhythm
            ? "too much noise: press the stethoscope firmly, keep still and let nobody speak"
            : "no heartbeat found: put the stethoscope on the bare chest, press it firmly and "
              "keep still");
  }
  if (report.clipped_share > kClippedRemark) {
    say(report.clipped_share > kClippedTooMuch, "clipped: lower the gain");
  }
  if (!report.lost.empty()) {
    say(Seconds(report.lost) > kLostTooMuch * duration_s,
        "contact lost at " + Times(report.lost) + ": hold the stethoscope still");
  }
  if (quality.score >= kGoodScore) {
    std::vector<TimeSpan> noisy;
    for (const QualityPart& part : report.parts) {
      if (part.score < kGoodScore) AddSpan(part.time, noisy);
    }
    if (!noisy.empty()) say(false, "too much noise at " + Times(noisy) + ": keep still");
  }
  return quality;
}

}  // namespace

base::Result<QualityReport> QualityGate::Assess(const audio::Recording& recording) const {
  assert(recording.sample_rate_hz == meter_.sample_rate_hz());
  const std::span<const float> samples = recording.samples;
  const double rate = recording.sample_rate_hz;
  const double duration_s = recording.DurationSeconds();
  const auto count = std::max<std::size_t>(
      1, static_cast<std::size_t>(std::ceil(duration_s / kPartSeconds - 1e-9)));

  QualityReport report;
  std::vector<Rhythm> rhythms;  // of a few hundred numbers each
  double level_sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = samples.size() * i / count;
    const std::size_t end = samples.size() * (i + 1) / count;
    const auto envelope = meter_.Measure(samples.subspan(begin, end - begin));
    if (!envelope) return base::Fail(envelope);
    Rhythm rhythm = MeasureRhythm(*envelope);
    QualityPart part;
    part.time = {static_cast<double>(begin) / rate, static_cast<double>(end) / rate};
    part.measures = MeasureQuality(*envelope, rhythm);
    part.score = Score(part.measures);
    double sum = 0;
    for (const float value : envelope->values) sum += value;
    level_sum += sum / static_cast<double>(envelope->values.size());
    for (const TimeSpan& lost : FindLostContact(*envelope)) {
      AddSpan({part.time.start_s + lost.start_s, part.time.start_s + lost.end_s}, report.lost);
    }
    report.parts.push_back(part);
    rhythms.push_back(std::move(rhythm));
  }
  report.level_dbfs = 20 * std::log10(level_sum / static_cast<double>(count) + kSmallestLevel);
  report.clipped_share = ClippedShare(samples);

  // Where some parts are good, the rate is theirs.
  std::vector<Rhythm> beating;
  for (std::size_t i = 0; i < count; ++i) {
    if (report.parts[i].score >= kGoodScore) beating.push_back(std::move(rhythms[i]));
  }
  const bool is_good = MedianScore(report.parts) >= kGoodScore;
  const auto rate_bpm = HeartRate(beating.empty() ? rhythms : beating);
  report.quality = Judge(report, rate_bpm.has_value(), duration_s);
  if (is_good) report.heart_rate_bpm = rate_bpm;
  return report;
}

}  // namespace heartbeat::analysis
