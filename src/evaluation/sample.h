#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evaluation/group_measures.h"
#include "evaluation/risk_coverage.h"

namespace heartbeat::evaluation {

// The recordings of one group, sorted once, so that the measures of a resample need only how often
// each recording is in it.
class Sample {
 public:
  // `entries`: heard and labelled, all of them.
  Sample(std::span<const ScoredEntry* const> entries, double prevalence);

  // Every measure, where recording i counts counts[i] times; NaN where undefined.
  [[nodiscard]] MeasureValues Values(std::span<const std::uint32_t> counts) const;

  // The rest is of each recording once.
  [[nodiscard]] ConfusionMatrix Confusion() const;
  // Sets the curves and the reliability of `measures`.
  void Describe(const MeasureOptions& options, GroupMeasures& measures) const;

 private:
  // Recordings that no measure by threshold, verdict or prediction set tells apart.
  struct Kind {
    bool abnormal = false;
    bool called_abnormal = false;
    enum class Answer { kNormal, kAbnormal, kUncertain, kPoorQuality } answer = Answer::kNormal;
    bool has_set = false;
    PredictionSet set;
  };
  struct Item {
    std::size_t tie = 0;      // into ties_
    std::size_t certain = 0;  // into certain_
    std::size_t kind = 0;     // into kinds_
    bool abnormal = false;
    bool error = false;  // of the predicted class
  };
  using KindCounts = std::vector<std::uint64_t>;

  void ValuesByRank(std::span<const Tied> tied, MeasureValues& values) const;
  void ValuesByKind(const KindCounts& counts, MeasureValues& values) const;
  [[nodiscard]] Reliability ReliabilityOf(std::span<const Tied> tied, double chance_prevalence,
                                          const MeasureOptions& options) const;

  double prevalence_;
  std::vector<Item> items_;
  std::vector<Tied> ties_;        // descending; each recording once
  std::vector<Certain> certain_;  // descending; each recording once
  std::vector<Kind> kinds_;
};

}  // namespace heartbeat::evaluation
