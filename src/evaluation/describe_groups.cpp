#include "evaluation/describe_groups.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "evaluation/properties.h"
#include "evaluation/quantile.h"
#include "evaluation/separability.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;

constexpr std::size_t kHistogramBins = 30;
constexpr std::size_t kHistogramsPerDatabase = 3;
// With fewer of a class, a histogram shows single recordings.
constexpr std::size_t kMinOfClass = 10;

// Database, then class in the order of lists.
struct GroupKey {
  std::string database;
  int rank = 0;
  std::string class_name;

  friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
};
using Members = std::vector<const DescribedRecording*>;

GroupKey KeyOf(const DescribedRecording& recording) {
  const std::string class_name = ClassOf(recording.entry);
  return {recording.entry.database, ClassRank(class_name), class_name};
}

// Of the recordings that were heard.
std::map<GroupKey, Members> Groups(const Description& description) {
  std::map<GroupKey, Members> groups;
  for (const DescribedRecording& recording : description.recordings) {
    if (recording.IsHeard()) groups[KeyOf(recording)].push_back(&recording);
  }
  return groups;
}

std::map<std::string, Members> Databases(const Description& description) {
  std::map<std::string, Members> databases;
  for (const DescribedRecording& recording : description.recordings) {
    if (recording.IsHeard()) databases[recording.entry.database].push_back(&recording);
  }
  return databases;
}

json Rounded(double value, double digits) {
  const double power = std::pow(10, digits);
  return FiniteOrNull(std::round(value * power) / power);
}

json Percentiles(const Property& property, const Members& members) {
  std::vector<double> values;
  double sum = 0;
  for (const DescribedRecording* recording : members) {
    const double value = property.value(*recording);
    if (!std::isfinite(value)) continue;
    values.push_back(value);
    sum += value;
  }
  std::ranges::sort(values);
  const auto at = [&](double share) { return FiniteOrNull(SortedQuantile(values, share)); };
  return {{"recordings", values.size()},
          {"mean", FiniteOrNull(sum / static_cast<double>(values.size()))},
          {"min", at(0)},
          {"p5", at(0.05)},
          {"p25", at(0.25)},
          {"p50", at(0.5)},
          {"p75", at(0.75)},
          {"p95", at(0.95)},
          {"max", at(1)}};
}

struct Classes {
  std::vector<double> negatives;
  std::vector<double> positives;
};

Classes Split(const Property& property, const Members& members) {
  Classes classes;
  for (const DescribedRecording* recording : members) {
    const auto positive = IsPositive(recording->entry);
    const double value = property.value(*recording);
    if (positive && std::isfinite(value)) {
      (*positive ? classes.positives : classes.negatives).push_back(value);
    }
  }
  return classes;
}

std::vector<std::size_t> CountIn(std::span<const double> values, std::span<const double> edges) {
  std::vector<std::size_t> counts(edges.size() - 1, 0);
  for (const double value : values) {
    const auto above = std::ranges::upper_bound(edges, value) - edges.begin();
    ++counts[std::clamp<std::ptrdiff_t>(above - 1, 0, std::ssize(counts) - 1)];
  }
  return counts;
}

json Histogram(const Property& property, const std::string& database, const Classes& classes) {
  std::vector<double> all = classes.negatives;
  all.insert(all.end(), classes.positives.begin(), classes.positives.end());
  std::ranges::sort(all);
  // The outermost hundredth goes into the outermost bins, so that one recording does not press
  // all others into a single bin.
  const double low = SortedQuantile(all, 0.005);
  const double high = std::max(SortedQuantile(all, 0.995), low + 1e-9);
  std::vector<double> edges;
  for (std::size_t i = 0; i <= kHistogramBins; ++i) {
    edges.push_back(low + (high - low) * static_cast<double>(i) / kHistogramBins);
  }
  return {{"database", database},
          {"property", property.key},
          {"edges", edges},
          {"negatives", CountIn(classes.negatives, edges)},
          {"positives", CountIn(classes.positives, edges)}};
}

}  // namespace

json FiniteOrNull(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json CountsJson(const Description& description) {
  struct Count {
    std::size_t recordings = 0;
    std::size_t unreadable = 0;
    double seconds = 0;
    std::set<std::string> patients;
  };
  std::map<std::tuple<std::string, std::string, int, std::string>, Count> counts;
  for (const DescribedRecording& recording : description.recordings) {
    const GroupKey key = KeyOf(recording);
    Count& count = counts[{key.database, recording.entry.split, key.rank, key.class_name}];
    ++count.recordings;
    if (!recording.IsHeard()) ++count.unreadable;
    if (recording.IsHeard()) count.seconds += recording.duration_s;
    if (!recording.entry.patient.empty()) count.patients.insert(recording.entry.patient);
  }
  json list = json::array();
  for (const auto& [key, count] : counts) {
    const auto& [database, split, rank, class_name] = key;
    list.push_back(
        {{"database", database},
         {"split", split},
         {"class", class_name},
         {"recordings", count.recordings},
         {"unreadable", count.unreadable},
         {"patients", count.patients.empty() ? json(nullptr) : json(count.patients.size())},
         {"duration_h", count.seconds / 3600}});
  }
  return list;
}

json LocationsJson(const Description& description) {
  struct Count {
    std::size_t recordings = 0;
    std::size_t absent = 0;
    std::size_t unknown = 0;
    std::size_t present = 0;
  };
  std::map<std::pair<std::string, std::string>, Count> counts;
  for (const DescribedRecording& recording : description.recordings) {
    const DatasetEntry& entry = recording.entry;
    if (entry.location.empty()) continue;
    Count& count = counts[{entry.database, entry.location}];
    ++count.recordings;
    if (!entry.murmur_at_location) continue;
    switch (*entry.murmur_at_location) {
      case Murmur::kAbsent:
        ++count.absent;
        break;
      case Murmur::kUnknown:
        ++count.unknown;
        break;
      case Murmur::kPresent:
        ++count.present;
        break;
    }
  }
  json list = json::array();
  for (const auto& [key, count] : counts) {
    list.push_back({{"database", key.first},
                    {"location", key.second},
                    {"recordings", count.recordings},
                    {"absent", count.absent},
                    {"unknown", count.unknown},
                    {"present", count.present}});
  }
  return list;
}

json FormatsJson(const Description& description) {
  struct Count {
    std::size_t recordings = 0;
    std::size_t truncated = 0;
  };
  std::map<std::tuple<std::string, std::string, int, int>, Count> counts;
  for (const DescribedRecording& recording : description.recordings) {
    if (!recording.IsHeard()) continue;
    const audio::SourceInfo& source = recording.source;
    Count& count =
        counts[{recording.entry.database, source.format, source.sample_rate_hz, source.channels}];
    ++count.recordings;
    if (source.truncated) ++count.truncated;
  }
  json list = json::array();
  for (const auto& [key, count] : counts) {
    const auto& [database, format, rate, channels] = key;
    list.push_back({{"database", database},
                    {"format", format},
                    {"sample_rate_hz", rate},
                    {"channels", channels},
                    {"recordings", count.recordings},
                    {"truncated", count.truncated}});
  }
  return list;
}

json GroupsJson(const Description& description) {
  json list = json::array();
  for (const auto& [key, members] : Groups(description)) {
    json properties = json::object();
    for (const Property& property : Properties()) {
      properties[property.key] = Percentiles(property, members);
    }
    list.push_back({{"database", key.database},
                    {"class", key.class_name},
                    {"recordings", members.size()},
                    {"properties", std::move(properties)}});
  }
  return list;
}

json SpectraJson(const Description& description) {
  json list = json::array();
  for (const auto& [key, members] : Groups(description)) {
    struct Sum {
      double count = 0;
      double sum = 0;
      double squares = 0;
    };
    std::vector<Sum> bins;
    for (const DescribedRecording* recording : members) {
      const std::vector<float>& density_db = recording->spectrum.density_db;
      bins.resize(std::max(bins.size(), density_db.size()));
      for (std::size_t bin = 0; bin < density_db.size(); ++bin) {
        const double value = density_db[bin];
        ++bins[bin].count;
        bins[bin].sum += value;
        bins[bin].squares += value * value;
      }
    }
    json mean = json::array();
    json deviation = json::array();
    for (const Sum& bin : bins) {
      const double average = bin.sum / bin.count;
      mean.push_back(Rounded(average, 2));
      deviation.push_back(
          Rounded(std::sqrt(std::max(0.0, bin.squares / bin.count - average * average)), 2));
    }
    list.push_back({{"database", key.database},
                    {"class", key.class_name},
                    {"recordings", members.size()},
                    {"bin_hz", kSpectrumBinHz},
                    {"mean_db", std::move(mean)},
                    {"deviation_db", std::move(deviation)}});
  }
  return list;
}

json SeparabilityJson(const Description& description) {
  json list = json::array();
  for (const auto& [database, members] : Databases(description)) {
    for (const Property& property : Properties()) {
      const Classes classes = Split(property, members);
      const Separability separability = Separate(classes.negatives, classes.positives);
      list.push_back({{"database", database},
                      {"property", property.key},
                      {"negatives", separability.negatives},
                      {"positives", separability.positives},
                      {"auroc", FiniteOrNull(separability.auroc.value)},
                      {"low", FiniteOrNull(separability.auroc.low)},
                      {"high", FiniteOrNull(separability.auroc.high)}});
    }
  }
  return list;
}

json HistogramsJson(const Description& description) {
  json list = json::array();
  for (const auto& [database, members] : Databases(description)) {
    struct Candidate {
      double distance = 0;
      const Property* property = nullptr;
      Classes classes;
    };
    std::vector<Candidate> candidates;
    for (const Property& property : Properties()) {
      Classes classes = Split(property, members);
      if (classes.negatives.size() < kMinOfClass || classes.positives.size() < kMinOfClass)
        continue;
      const double auroc = Separate(classes.negatives, classes.positives).auroc.value;
      candidates.push_back({std::abs(auroc - 0.5), &property, std::move(classes)});
    }
    std::ranges::stable_sort(candidates, std::greater(), &Candidate::distance);
    candidates.resize(std::min(candidates.size(), kHistogramsPerDatabase));
    for (const Candidate& candidate : candidates) {
      list.push_back(Histogram(*candidate.property, database, candidate.classes));
    }
  }
  return list;
}

}  // namespace heartbeat::evaluation
