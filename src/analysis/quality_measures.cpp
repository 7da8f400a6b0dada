#include "analysis/quality_measures.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/vector_clones.h"
#include "features/band_pass.h"
#include "features/extent.h"

namespace heartbeat::analysis {
namespace {

using features::BandPass;

// Of magnitudes: -180 dB, below what 24 bits can hold.
constexpr double kSmallestMagnitude = 1e-9;
constexpr double kSmallestPower = 1e-12;
constexpr double kSameOctaves = 0.17;
constexpr std::size_t kPieceFrames = Envelope::kFramesPerSecond / 4;
constexpr std::size_t kLostPieces = 3;
constexpr double kLostDb = 25;
constexpr double kLostBelowLoudDb = 20;  // besides
constexpr float kFullScale = 0.84F;
constexpr float kNearLimit = 0.85F;

template <typename Value>
Value Quantile(std::vector<Value> values, double share) {
  const auto rank =
      static_cast<std::ptrdiff_t>(std::lround(share * static_cast<double>(values.size() - 1)));
  std::ranges::nth_element(values, values.begin() + rank);
  return values[static_cast<std::size_t>(rank)];
}

double Decibels(double magnitude) { return 20 * std::log10(magnitude + kSmallestMagnitude); }

double RateAgreement(const Rhythm& rhythm) {
  std::vector<double> rates;
  for (const Rhythm::Peak& peak : rhythm.peaks) rates.push_back(peak.rate_bpm);
  const double median = Quantile(rates, 0.5);
  if (median <= 0) return 0;
  const auto agreeing = std::ranges::count_if(rates, [&](double rate) {
    if (rate <= 0) return false;
    const double octaves = std::abs(std::log2(rate / median));
    return octaves < kSameOctaves || std::abs(octaves - 1) < kSameOctaves;
  });
  return static_cast<double>(agreeing) / static_cast<double>(rates.size());
}

double MeanSquare(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * value;
  return sum / static_cast<double>(values.size());
}

double RatioDb(std::span<const float> above, std::span<const float> below) {
  return 10 *
         std::log10((MeanSquare(above) + kSmallestPower) / (MeanSquare(below) + kSmallestPower));
}

void MeasureModulation(const std::vector<float>& envelope, QualityMeasures& measures) {
  const double floor = 0.05 * Quantile(envelope, 0.5) + kSmallestPower;
  std::vector<float> logarithms;
  double sum = 0;
  logarithms.reserve(envelope.size());
  for (const float value : envelope) {
    logarithms.push_back(static_cast<float>(std::log(value + floor)));
    sum += logarithms.back();
  }
  const auto mean = static_cast<float>(sum / static_cast<double>(logarithms.size()));
  for (float& value : logarithms) value -= mean;

  constexpr int kRate = Envelope::kFramesPerSecond;
  static const BandPass fast(3, 15, kRate);
  static const BandPass beats(0.1, 3, kRate);
  static const BandPass slow(0.05, 0.6, kRate);
  static const BandPass not_slow(0.6, 15, kRate);
  measures.fast_modulation_db = RatioDb(fast.Apply(logarithms), beats.Apply(logarithms));
  measures.slow_modulation_db = RatioDb(slow.Apply(logarithms), not_slow.Apply(logarithms));
}

}  // namespace

QualityMeasures MeasureQuality(const Envelope& envelope, const Rhythm& rhythm) {
  QualityMeasures measures;
  std::vector<double> strengths;
  for (const Rhythm::Peak& peak : rhythm.peaks) strengths.push_back(peak.strength);
  measures.least_periodicity = std::ranges::min(strengths);
  measures.rate_agreement = RateAgreement(rhythm);
  measures.periodicity = Quantile(std::move(strengths), 0.5);

  const std::vector<float>& values = envelope.values;
  const float loud = 0.5F * Quantile(values, 0.98);
  const auto above = std::ranges::count_if(values, [&](float value) { return value > loud; });
  measures.loud_share = static_cast<double>(above) / static_cast<double>(values.size());
  measures.dynamic_range_db = Decibels(Quantile(values, 0.9)) - Decibels(Quantile(values, 0.2));
  measures.low_share = envelope.low_share;
  MeasureModulation(values, measures);
  return measures;
}

std::vector<TimeSpan> FindLostContact(const Envelope& envelope) {
  const std::size_t pieces = envelope.values.size() / kPieceFrames;
  if (pieces < kLostPieces) return {};
  std::vector<double> levels;
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    double sum = 0;
    for (std::size_t i = 0; i < kPieceFrames; ++i) {
      sum += envelope.values[piece * kPieceFrames + i];
    }
    levels.push_back(Decibels(sum / kPieceFrames));
  }
  const double limit =
      std::max(Quantile(levels, 0.5), Quantile(levels, 0.9) - kLostBelowLoudDb) - kLostDb;
  const double piece_s = kPieceFrames / envelope.frames_per_second;
  std::vector<TimeSpan> lost;
  for (std::size_t begin = 0; begin < pieces;) {
    std::size_t end = begin;
    while (end < pieces && levels[end] < limit) ++end;
    if (end - begin >= kLostPieces) {
      lost.push_back({static_cast<double>(begin) * piece_s, static_cast<double>(end) * piece_s});
    }
    begin = std::max(end, begin + 1);
  }
  return lost;
}

namespace {

HEARTBEAT_VECTOR_CLONES std::size_t CountOutside(float low, float high,
                                                 std::span<const float> samples) {
  std::size_t outside = 0;
  for (const float sample : samples) {
    outside += static_cast<unsigned>(sample > high) | static_cast<unsigned>(sample < low);
  }
  return outside;
}

}  // namespace

double ClippedShare(std::span<const float> samples) {
  if (samples.empty()) return 0;
  const features::Extent extent = features::FindExtent(samples);
  if (std::max(extent.largest, -extent.smallest) < kFullScale) return 0;
  const float high = kNearLimit * std::max(extent.largest, 0.0F);
  const float low = kNearLimit * std::min(extent.smallest, 0.0F);
  return static_cast<double>(CountOutside(low, high, samples)) /
         static_cast<double>(samples.size());
}

}  // namespace heartbeat::analysis
