#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace heartbeat::evaluation {

// One scored recording.
struct Scored {
  double probability_abnormal = 0;  // 0..1; any monotonic score will do for Auroc
  bool abnormal = false;            // the reference label
};

struct ConfusionMatrix {
  std::size_t true_positive = 0;  // abnormal called abnormal
  std::size_t false_positive = 0;
  std::size_t true_negative = 0;
  std::size_t false_negative = 0;

  // Each NaN where its denominator is zero.
  [[nodiscard]] double Sensitivity() const;
  [[nodiscard]] double Specificity() const;
  [[nodiscard]] double Accuracy() const;
  [[nodiscard]] double Precision() const;
  [[nodiscard]] double F1() const;
  // Mean of sensitivity and specificity: the score of the 2016 challenge, without its weights for
  // signal quality.
  [[nodiscard]] double MAcc() const;
};

// Called abnormal at and above `threshold`.
[[nodiscard]] ConfusionMatrix Confusion(std::span<const Scored> scored, double threshold);

// Area under the ROC curve by the Mann-Whitney statistic, ties counted half. NaN where a class is
// missing.
[[nodiscard]] double Auroc(std::span<const Scored> scored);

// A figure with its interval; NaN where it is not defined.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

// Percentile bootstrap over recordings, resampled within each class so that every resample has both
// (confidence 95 %, fixed seed). Source: Efron & Tibshirani, An Introduction to the Bootstrap,
// 1993, chapter 13.
[[nodiscard]] Estimate Bootstrap(std::span<const Scored> scored,
                                 const std::function<double(std::span<const Scored>)>& measure,
                                 std::size_t resamples = 2000, std::uint64_t seed = 20160101);

}  // namespace heartbeat::evaluation
