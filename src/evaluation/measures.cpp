#include "evaluation/measures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace heartbeat::evaluation {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double Ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? kUndefined : static_cast<double>(part) / static_cast<double>(whole);
}

// Linear interpolation between order statistics; `sorted` is not empty.
double Quantile(std::span<const double> sorted, double q) {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

}  // namespace

double ConfusionMatrix::Sensitivity() const {
  return Ratio(true_positive, true_positive + false_negative);
}
double ConfusionMatrix::Specificity() const {
  return Ratio(true_negative, true_negative + false_positive);
}
double ConfusionMatrix::Accuracy() const {
  return Ratio(true_positive + true_negative,
               true_positive + true_negative + false_positive + false_negative);
}
double ConfusionMatrix::Precision() const {
  return Ratio(true_positive, true_positive + false_positive);
}
double ConfusionMatrix::F1() const {
  return Ratio(2 * true_positive, 2 * true_positive + false_positive + false_negative);
}
double ConfusionMatrix::MAcc() const { return (Sensitivity() + Specificity()) / 2; }

ConfusionMatrix Confusion(std::span<const Scored> scored, double threshold) {
  ConfusionMatrix matrix;
  for (const Scored& item : scored) {
    const bool called = item.probability_abnormal >= threshold;
    ++(item.abnormal ? (called ? matrix.true_positive : matrix.false_negative)
                     : (called ? matrix.false_positive : matrix.true_negative));
  }
  return matrix;
}

double Auroc(std::span<const Scored> scored) {
  std::vector<Scored> sorted(scored.begin(), scored.end());
  std::ranges::sort(sorted, {}, &Scored::probability_abnormal);
  // The rank sum of the abnormal ones, tied scores sharing their mean rank.
  double rank_sum = 0;
  double positives = 0;
  for (std::size_t begin = 0; begin < sorted.size();) {
    std::size_t end = begin;
    double tied_positives = 0;
    while (end < sorted.size() &&
           sorted[end].probability_abnormal == sorted[begin].probability_abnormal) {
      tied_positives += sorted[end].abnormal ? 1 : 0;
      ++end;
    }
    rank_sum += tied_positives * (static_cast<double>(begin + end) + 1) / 2;
    positives += tied_positives;
    begin = end;
  }
  const double negatives = static_cast<double>(sorted.size()) - positives;
  if (positives == 0 || negatives == 0) return kUndefined;
  return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives);
}

Estimate Bootstrap(std::span<const Scored> scored,
                   const std::function<double(std::span<const Scored>)>& measure,
                   std::size_t resamples, std::uint64_t seed) {
  Estimate estimate{measure(scored), kUndefined, kUndefined};
  if (!std::isfinite(estimate.value) || resamples == 0) return estimate;
  // Classes apart, so that each resample keeps their numbers.
  std::vector<Scored> ordered(scored.begin(), scored.end());
  const auto abnormal =
      std::ranges::stable_partition(ordered, [](const Scored& s) { return !s.abnormal; });
  const auto normals = static_cast<std::size_t>(abnormal.begin() - ordered.begin());

  std::mt19937_64 random(seed);
  std::vector<Scored> resample(ordered.size());
  std::vector<double> values;
  values.reserve(resamples);
  for (std::size_t r = 0; r < resamples; ++r) {
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      const std::size_t begin = i < normals ? 0 : normals;
      const std::size_t count = i < normals ? normals : ordered.size() - normals;
      // Not std::uniform_int_distribution, whose sequence differs between standard libraries.
      resample[i] = ordered[begin + random() % count];
    }
    const double value = measure(resample);
    if (std::isfinite(value)) values.push_back(value);
  }
  if (values.empty()) return estimate;
  std::ranges::sort(values);
  estimate.low = Quantile(values, 0.025);
  estimate.high = Quantile(values, 0.975);
  return estimate;
}

}  // namespace heartbeat::evaluation
