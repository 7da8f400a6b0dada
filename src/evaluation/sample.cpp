#include "evaluation/sample.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <tuple>
#include <utility>

#include "evaluation/bootstrap.h"

namespace heartbeat::evaluation {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double Ratio(double part, double whole) { return whole == 0 ? kUndefined : part / whole; }

// Where each of `values` stands among the distinct ones, the largest first.
std::vector<std::size_t> DenseRanks(std::span<const double> values) {
  std::map<double, std::size_t, std::greater<>> rank_of;
  for (const double value : values) rank_of.emplace(value, 0);
  std::size_t next = 0;
  for (auto& [value, rank] : rank_of) rank = next++;
  std::vector<std::size_t> ranks;
  for (const double value : values) ranks.push_back(rank_of.at(value));
  return ranks;
}

// The probability of a class at another prevalence, by Bayes' rule: the odds are multiplied.
double Shift(double probability, double odds_factor) {
  const double abnormal = probability * odds_factor;
  return abnormal == 0 ? 0 : abnormal / (abnormal + 1 - probability);
}

double Odds(double share) { return share / (1 - share); }

}  // namespace

Sample::Sample(std::span<const ScoredEntry* const> entries, double prevalence)
    : prevalence_(prevalence) {
  std::vector<double> probabilities;
  std::vector<double> certainties;
  for (const ScoredEntry* entry : entries) {
    probabilities.push_back(entry->probability_abnormal);
    certainties.push_back(Certainty(entry->probability_abnormal, entry->threshold));
  }
  const auto ties = DenseRanks(probabilities);
  const auto certain = DenseRanks(certainties);
  ties_.resize(ties.empty() ? 0 : std::ranges::max(ties) + 1);
  certain_.resize(certain.empty() ? 0 : std::ranges::max(certain) + 1);

  using Answer = Kind::Answer;
  std::map<std::tuple<bool, bool, Answer, bool, bool, bool>, std::size_t> kind_of;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const ScoredEntry& entry = *entries[i];
    Kind kind;
    kind.abnormal = entry.entry.label == Label::kAbnormal;
    kind.called_abnormal = entry.CalledAbnormal();
    kind.answer = entry.verdict == "uncertain"      ? Answer::kUncertain
                  : entry.verdict == "poor_quality" ? Answer::kPoorQuality
                  : entry.verdict == "abnormal"     ? Answer::kAbnormal
                                                    : Answer::kNormal;
    kind.has_set = entry.prediction_set.has_value();
    if (kind.has_set) kind.set = *entry.prediction_set;
    const auto [found, is_new] =
        kind_of.emplace(std::tuple(kind.abnormal, kind.called_abnormal, kind.answer, kind.has_set,
                                   kind.set.normal, kind.set.abnormal),
                        kinds_.size());
    if (is_new) kinds_.push_back(kind);
    const bool error = kind.abnormal != kind.called_abnormal;
    items_.push_back({ties[i], certain[i], found->second, kind.abnormal, error});
    Tied& tie = ties_[ties[i]];
    tie.probability_abnormal = probabilities[i];
    (kind.abnormal ? tie.abnormal : tie.normal) += 1;
    Certain& place = certain_[certain[i]];
    place.certainty = certainties[i];
    ++place.recordings;
    place.errors += error ? 1 : 0;
  }
}

MeasureValues Sample::Values(std::span<const std::uint32_t> counts) const {
  std::vector<Tied> ties = ties_;
  for (Tied& tie : ties) tie.normal = tie.abnormal = 0;
  std::vector<Certain> certain = certain_;
  for (Certain& place : certain) place.recordings = place.errors = 0;
  KindCounts kinds(kinds_.size());
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const Item& item = items_[i];
    const std::uint32_t count = counts[i];
    if (count == 0) continue;
    (item.abnormal ? ties[item.tie].abnormal : ties[item.tie].normal) += count;
    certain[item.certain].recordings += count;
    certain[item.certain].errors += item.error ? count : 0;
    kinds[item.kind] += count;
  }
  MeasureValues values;
  values.fill(kUndefined);
  ValuesByRank(ties, values);
  ValuesByKind(kinds, values);
  values[static_cast<std::size_t>(Measure::kRiskCoverageArea)] = RiskCoverageArea(certain);
  return values;
}

void Sample::ValuesByRank(std::span<const Tied> tied, MeasureValues& values) const {
  const auto set = [&](Measure measure, double value) {
    values[static_cast<std::size_t>(measure)] = value;
  };
  set(Measure::kAuroc, Auroc(tied));
  set(Measure::kAuprc, AveragePrecision(tied));
  set(Measure::kBrier, BrierScore(tied));
  set(Measure::kCalibrationError, CalibrationError(tied));
  const std::vector<Tied> weighted = AtPrevalence(tied, prevalence_);
  set(Measure::kAuprcAtPrevalence, AveragePrecision(weighted));
  set(Measure::kBrierAtPrevalence, BrierScore(weighted));
  set(Measure::kCalibrationErrorAtPrevalence, CalibrationError(weighted));
}

void Sample::ValuesByKind(const KindCounts& counts, MeasureValues& values) const {
  const auto set = [&](Measure measure, double value) {
    values[static_cast<std::size_t>(measure)] = value;
  };
  const auto count = [&](auto&& belongs) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      if (belongs(kinds_[i])) sum += counts[i];
    }
    return static_cast<double>(sum);
  };
  using Answer = Kind::Answer;
  const auto is_error = [](const Kind& k) { return k.abnormal != k.called_abnormal; };
  const double all = count([](const Kind&) { return true; });
  const double abnormal = count([](const Kind& k) { return k.abnormal; });
  const double true_positive = count([](const Kind& k) { return k.abnormal && k.called_abnormal; });
  const double called = count([](const Kind& k) { return k.called_abnormal; });
  const double sensitivity = Ratio(true_positive, abnormal);
  const double specificity = Ratio(all - abnormal - (called - true_positive), all - abnormal);
  set(Measure::kSensitivity, sensitivity);
  set(Measure::kRecall, sensitivity);
  set(Measure::kSpecificity, specificity);
  set(Measure::kMacc, (sensitivity + specificity) / 2);
  set(Measure::kAccuracy, Ratio(all - count(is_error), all));
  set(Measure::kPrecision, Ratio(true_positive, called));
  set(Measure::kF1, Ratio(2 * true_positive, called + abnormal));

  const double true_share = prevalence_ * sensitivity;
  const double called_share = true_share + (1 - prevalence_) * (1 - specificity);
  set(Measure::kAccuracyAtPrevalence, true_share + (1 - prevalence_) * specificity);
  set(Measure::kPrecisionAtPrevalence, Ratio(true_share, called_share));
  set(Measure::kF1AtPrevalence, Ratio(2 * true_share, called_share + prevalence_));

  const auto of_answer = [&](Answer answer, bool errors) {
    return count([&](const Kind& k) { return k.answer == answer && (!errors || is_error(k)); });
  };
  const double uncertain = of_answer(Answer::kUncertain, false);
  const double poor = of_answer(Answer::kPoorQuality, false);
  set(Measure::kAnsweredShare, Ratio(all - uncertain - poor, all));
  set(Measure::kUncertainShare, Ratio(uncertain, all));
  set(Measure::kUncertainError, Ratio(of_answer(Answer::kUncertain, true), uncertain));
  set(Measure::kPoorQualityShare, Ratio(poor, all));
  set(Measure::kPoorQualityError, Ratio(of_answer(Answer::kPoorQuality, true), poor));
  const auto answered_right = [&](Answer answer, bool is_abnormal) {
    const double right =
        count([&](const Kind& k) { return k.answer == answer && k.abnormal == is_abnormal; });
    const double answered = count([&](const Kind& k) {
      return (k.answer == Answer::kNormal || k.answer == Answer::kAbnormal) &&
             k.abnormal == is_abnormal;
    });
    return Ratio(right, answered);
  };
  set(Measure::kAnsweredMacc,
      (answered_right(Answer::kAbnormal, true) + answered_right(Answer::kNormal, false)) / 2);

  const double with_set = count([](const Kind& k) { return k.has_set; });
  const double abnormal_with_set = count([](const Kind& k) { return k.has_set && k.abnormal; });
  const double abnormal_covered =
      count([](const Kind& k) { return k.has_set && k.abnormal && k.set.abnormal; });
  const double normal_covered =
      count([](const Kind& k) { return k.has_set && !k.abnormal && k.set.normal; });
  const double empty =
      count([](const Kind& k) { return k.has_set && !k.set.normal && !k.set.abnormal; });
  const double single =
      count([](const Kind& k) { return k.has_set && k.set.normal != k.set.abnormal; });
  set(Measure::kCoverage, Ratio(normal_covered + abnormal_covered, with_set));
  set(Measure::kCoverageAbnormal, Ratio(abnormal_covered, abnormal_with_set));
  set(Measure::kCoverageNormal, Ratio(normal_covered, with_set - abnormal_with_set));
  set(Measure::kEmptySetShare, Ratio(empty, with_set));
  set(Measure::kSingleSetShare, Ratio(single, with_set));
  set(Measure::kMeanSetSize, Ratio(single + 2 * (with_set - single - empty), with_set));
}

ConfusionMatrix Sample::Confusion() const {
  ConfusionMatrix matrix;
  for (const Item& item : items_) {
    ++(item.abnormal ? (item.error ? matrix.false_negative : matrix.true_positive)
                     : (item.error ? matrix.false_positive : matrix.true_negative));
  }
  return matrix;
}

Reliability Sample::ReliabilityOf(std::span<const Tied> tied, double odds_factor,
                                  const MeasureOptions& options) const {
  Reliability reliability;
  reliability.bins = ReliabilityBins(tied);
  std::vector<double> errors;
  std::mt19937_64 random(options.seed);
  std::vector<Tied> made = ties_;
  for (std::size_t s = 0; s < options.resamples; ++s) {
    for (std::size_t t = 0; t < ties_.size(); ++t) {
      const double probability = Shift(ties_[t].probability_abnormal, odds_factor);
      const auto recordings = static_cast<std::size_t>(ties_[t].Mass());
      double abnormal = 0;
      for (std::size_t i = 0; i < recordings; ++i) {
        abnormal += static_cast<double>(random() >> 11) * 0x1.0p-53 < probability ? 1 : 0;
      }
      made[t].abnormal = abnormal;
      made[t].normal = static_cast<double>(recordings) - abnormal;
    }
    errors.push_back(odds_factor == 1 ? CalibrationError(made)
                                      : CalibrationError(AtPrevalence(made, options.prevalence)));
  }
  std::erase_if(errors, [](double e) { return !std::isfinite(e); });
  if (errors.empty()) return reliability;
  double mean = 0;
  for (const double e : errors) mean += e / static_cast<double>(errors.size());
  reliability.by_chance = PercentileInterval(mean, std::move(errors));
  return reliability;
}

void Sample::Describe(const MeasureOptions& options, GroupMeasures& measures) const {
  measures.roc = RocCurve(ties_);
  measures.precision_recall = PrecisionRecallCurve(ties_);
  measures.risk_coverage = RiskCoverageCurve(certain_);
  measures.reliability = ReliabilityOf(ties_, 1, options);
  const auto weighted = AtPrevalence(ties_, prevalence_);
  if (weighted.empty()) return;
  // A calibrated model says the probability at `prevalence`; among these recordings, whose share of
  // abnormal ones is another, labels must be drawn with the probability at theirs.
  const double share = static_cast<double>(measures.abnormal) /
                       static_cast<double>(measures.abnormal + measures.normal);
  measures.reliability_at_prevalence =
      ReliabilityOf(weighted, Odds(share) / Odds(prevalence_), options);
}

}  // namespace heartbeat::evaluation
