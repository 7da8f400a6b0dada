#pragma once

#include <cstddef>
#include <limits>
#include <span>

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

// A figure with its 95 % interval; NaN where it is not defined.
struct Estimate {
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace heartbeat::evaluation
