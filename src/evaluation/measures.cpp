#include "evaluation/measures.h"

#include <limits>

#include "evaluation/ranking.h"

namespace heartbeat::evaluation {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double Ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? kUndefined : static_cast<double>(part) / static_cast<double>(whole);
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

double Auroc(std::span<const Scored> scored) { return Auroc(Tie(scored)); }

}  // namespace heartbeat::evaluation
