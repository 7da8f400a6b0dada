#include "evaluation/group_measures.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string_view>
#include <utility>

#include "evaluation/bootstrap.h"
#include "evaluation/sample.h"

namespace heartbeat::evaluation {
namespace {

// One group with the values of its resamples.
struct Group {
  GroupMeasures measures;
  std::vector<MeasureValues> replicates;
};

// Recordings of one patient share a number; one whose patient is not known has its own.
std::vector<Resampled> Clusters(std::span<const ScoredEntry* const> entries,
                                std::size_t& patients) {
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> number_of;
  std::vector<Resampled> clusters;
  patients = 0;
  for (const ScoredEntry* scored : entries) {
    const DatasetEntry& entry = scored->entry;
    std::size_t cluster = clusters.size();
    if (!entry.patient.empty()) {
      const auto [known, is_new] = number_of.emplace(
          std::pair<std::string_view, std::string_view>(entry.database, entry.patient), cluster);
      cluster = known->second;
      patients += is_new ? 1 : 0;
    }
    clusters.push_back({cluster, entry.label == Label::kAbnormal});
  }
  return clusters;
}

// A calibration error is a sum of distances: noise only ever adds to it, so that resamples show
// more than the recordings they are drawn from, and their percentiles may lie above the figure
// itself.
bool IsBiasedUpwards(std::size_t measure) {
  return measure == static_cast<std::size_t>(Measure::kCalibrationError) ||
         measure == static_cast<std::size_t>(Measure::kCalibrationErrorAtPrevalence);
}

// Less the bias that resampling adds: the interval is then how much the figure varies.
Estimate WithoutBias(Estimate estimate, std::span<const double> replicates) {
  double sum = 0;
  double count = 0;
  for (const double replicate : replicates) {
    if (!std::isfinite(replicate)) continue;
    sum += replicate;
    ++count;
  }
  const double bias = sum / count - estimate.value;
  estimate.low = std::max(estimate.low - bias, 0.0);
  estimate.high -= bias;
  return estimate;
}

MeasureEstimates Intervals(const MeasureValues& values, std::span<const MeasureValues> replicates) {
  MeasureEstimates estimates;
  std::vector<double> one(replicates.size());
  for (std::size_t m = 0; m < kMeasureCount; ++m) {
    for (std::size_t r = 0; r < replicates.size(); ++r) one[r] = replicates[r][m];
    estimates[m] = PercentileInterval(values[m], one);
    if (IsBiasedUpwards(m) && std::isfinite(estimates[m].low)) {
      estimates[m] = WithoutBias(estimates[m], one);
    }
  }
  return estimates;
}

Group MeasureGroup(std::string name, std::span<const ScoredEntry* const> entries,
                   const MeasureOptions& options) {
  Group group;
  GroupMeasures& measures = group.measures;
  measures.database = std::move(name);
  std::vector<const ScoredEntry*> measured;
  for (const ScoredEntry* scored : entries) {
    if (!scored->IsHeard()) {
      ++measures.refused;
    } else if (!scored->entry.label) {
      ++measures.unlabelled;
    } else {
      ++(scored->entry.label == Label::kAbnormal ? measures.abnormal : measures.normal);
      measured.push_back(scored);
    }
  }
  const Sample sample(measured, options.prevalence);
  const std::vector<std::uint32_t> once(measured.size(), 1);
  const MeasureValues values = sample.Values(once);
  measures.confusion = sample.Confusion();
  Resampler resampler(Clusters(measured, measures.patients), options.seed);
  std::vector<std::uint32_t> counts(measured.size());
  group.replicates.resize(measured.empty() ? 0 : options.resamples);
  for (MeasureValues& replicate : group.replicates) {
    resampler.Draw(counts);
    replicate = sample.Values(counts);
  }
  measures.estimates = Intervals(values, group.replicates);
  sample.Describe(options, measures);
  return group;
}

DatabaseMean MeanOver(std::span<const Group> databases, const MeasureOptions& options) {
  DatabaseMean mean;
  std::vector<const Group*> counted;
  for (const Group& group : databases) {
    const GroupMeasures& m = group.measures;
    const bool counts = std::min(m.normal, m.abnormal) >= DatabaseMean::kMinOfClass;
    (counts ? mean.databases : mean.left_out).push_back(m.database);
    if (counts) counted.push_back(&group);
  }
  if (counted.empty()) return mean;

  const auto share = 1 / static_cast<double>(counted.size());
  MeasureValues values{};
  std::vector<MeasureValues> replicates(options.resamples);
  std::mt19937_64 random(options.seed);
  for (const Group* group : counted) {
    // Every group's resamples come from one stream of random numbers. Paired at random, those of
    // different databases are independent, as they must be.
    std::vector<std::size_t> order(options.resamples);
    for (std::size_t r = 0; r < order.size(); ++r) order[r] = r;
    for (std::size_t r = order.size(); r > 1; --r) std::swap(order[r - 1], order[random() % r]);
    for (std::size_t m = 0; m < kMeasureCount; ++m) {
      values[m] += group->measures.estimates[m].value * share;
      for (std::size_t r = 0; r < order.size(); ++r) {
        replicates[r][m] += group->replicates[order[r]][m] * share;
      }
    }
  }
  mean.estimates = Intervals(values, replicates);
  return mean;
}

}  // namespace

Measured MeasureAll(std::span<const ScoredEntry> scored, const MeasureOptions& options) {
  std::vector<const ScoredEntry*> all;
  std::map<std::string, std::vector<const ScoredEntry*>> by_database;
  for (const ScoredEntry& entry : scored) {
    all.push_back(&entry);
    by_database[entry.entry.database].push_back(&entry);
  }
  Measured measured;
  measured.groups.push_back(MeasureGroup("all", all, options).measures);
  std::vector<Group> databases;
  for (const auto& [database, entries] : by_database) {
    databases.push_back(MeasureGroup(database, entries, options));
    measured.groups.push_back(databases.back().measures);
  }
  measured.mean = MeanOver(databases, options);
  return measured;
}

}  // namespace heartbeat::evaluation
