#include "evaluation/scoring.h"

#include <cmath>
#include <cstdio>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "analysis/prediction.h"
#include "audio/decode.h"
#include "base/file.h"
#include "base/parallel.h"
#include "evaluation/csv.h"

namespace heartbeat::evaluation {
namespace {

base::Result<double> ScoreFile(const analysis::Analyzer& analyzer, const DatasetEntry& entry) {
  const audio::DecodeLimits limits;
  const auto bytes = base::ReadFile(entry.path, limits.max_file_bytes);
  if (!bytes) return base::Fail(bytes);
  const auto prediction = analysis::Predict(analyzer, *bytes, entry.record, limits);
  if (!prediction) return base::Fail(prediction);
  return prediction->analysis.probability_abnormal;
}

GroupMeasures MeasureGroup(std::string name, std::span<const ScoredEntry* const> entries,
                           double threshold) {
  GroupMeasures group;
  group.database = std::move(name);
  std::vector<Scored> scored;
  for (const ScoredEntry* entry : entries) {
    if (!entry->error.empty()) {
      ++group.refused;
      continue;
    }
    if (!entry->entry.label) continue;
    const bool abnormal = entry->entry.label == Label::kAbnormal;
    ++(abnormal ? group.abnormal : group.normal);
    scored.push_back({entry->probability_abnormal, abnormal});
  }
  const auto at_threshold = [&](double (ConfusionMatrix::*measure)() const) {
    return Bootstrap(scored, [=](std::span<const Scored> sample) {
      return (Confusion(sample, threshold).*measure)();
    });
  };
  group.confusion = Confusion(scored, threshold);
  group.auroc = Bootstrap(scored, Auroc);
  group.macc = at_threshold(&ConfusionMatrix::MAcc);
  group.sensitivity = at_threshold(&ConfusionMatrix::Sensitivity);
  group.specificity = at_threshold(&ConfusionMatrix::Specificity);
  group.accuracy = at_threshold(&ConfusionMatrix::Accuracy);
  group.precision = at_threshold(&ConfusionMatrix::Precision);
  group.f1 = at_threshold(&ConfusionMatrix::F1);
  return group;
}

// JSON has no NaN: what is not defined is null.
nlohmann::json Number(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr);
}

nlohmann::json ToJson(const Estimate& estimate) {
  return {{"value", Number(estimate.value)},
          {"low", Number(estimate.low)},
          {"high", Number(estimate.high)}};
}

std::string ToCell(const Estimate& estimate) {
  if (!std::isfinite(estimate.value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.3f [%.3f, %.3f]", estimate.value, estimate.low,
                estimate.high);
  return text;
}

}  // namespace

std::vector<ScoredEntry> ScoreDataset(const analysis::Analyzer& analyzer,
                                      std::span<const DatasetEntry> entries, unsigned threads,
                                      const std::function<void(std::size_t)>& on_done) {
  std::vector<ScoredEntry> scored(entries.size());
  std::mutex mutex;
  std::size_t done = 0;
  base::ParallelFor(entries.size(), threads, [&](std::size_t i) {
    scored[i].entry = entries[i];
    if (const auto probability = ScoreFile(analyzer, entries[i])) {
      scored[i].probability_abnormal = *probability;
    } else {
      scored[i].error = probability.error().message;
    }
    const std::lock_guard lock(mutex);
    ++done;
    if (on_done) on_done(done);
  });
  return scored;
}

std::vector<GroupMeasures> Measure(std::span<const ScoredEntry> scored, double threshold) {
  std::vector<const ScoredEntry*> all;
  std::map<std::string, std::vector<const ScoredEntry*>> by_database;
  for (const ScoredEntry& entry : scored) {
    all.push_back(&entry);
    by_database[entry.entry.database].push_back(&entry);
  }
  std::vector<GroupMeasures> groups = {MeasureGroup("all", all, threshold)};
  for (const auto& [database, entries] : by_database) {
    groups.push_back(MeasureGroup(database, entries, threshold));
  }
  return groups;
}

nlohmann::json ToJson(std::span<const GroupMeasures> groups) {
  nlohmann::json list = nlohmann::json::array();
  for (const GroupMeasures& group : groups) {
    list.push_back({{"database", group.database},
                    {"normal", group.normal},
                    {"abnormal", group.abnormal},
                    {"refused", group.refused},
                    {"confusion_matrix",
                     {{"true_positive", group.confusion.true_positive},
                      {"false_positive", group.confusion.false_positive},
                      {"true_negative", group.confusion.true_negative},
                      {"false_negative", group.confusion.false_negative}}},
                    {"auroc", ToJson(group.auroc)},
                    {"macc", ToJson(group.macc)},
                    {"sensitivity", ToJson(group.sensitivity)},
                    {"specificity", ToJson(group.specificity)},
                    {"accuracy", ToJson(group.accuracy)},
                    {"precision", ToJson(group.precision)},
                    {"f1", ToJson(group.f1)}});
  }
  return list;
}

std::string ToTable(std::span<const GroupMeasures> groups) {
  char line[256];
  std::snprintf(line, sizeof line, "%-14s %7s %8s %7s  %-20s  %-20s  %-20s  %-20s\n", "database",
                "normal", "abnormal", "refused", "AUROC", "MAcc", "sensitivity", "specificity");
  std::string table = line;
  for (const GroupMeasures& group : groups) {
    std::snprintf(line, sizeof line, "%-14.40s %7zu %8zu %7zu  %-20s  %-20s  %-20s  %-20s\n",
                  group.database.c_str(), group.normal, group.abnormal, group.refused,
                  ToCell(group.auroc).c_str(), ToCell(group.macc).c_str(),
                  ToCell(group.sensitivity).c_str(), ToCell(group.specificity).c_str());
    table += line;
  }
  return table;
}

std::string ToCsv(std::span<const ScoredEntry> scored) {
  std::string csv = "record,database,label,probability_abnormal,error\n";
  for (const ScoredEntry& item : scored) {
    char probability[32] = "";
    if (item.error.empty()) {
      std::snprintf(probability, sizeof probability, "%.6f", item.probability_abnormal);
    }
    csv += QuoteCsv(item.entry.record) + ',' + QuoteCsv(item.entry.database) + ',' +
           (item.entry.label ? std::string(Name(*item.entry.label)) : "") + ',' + probability +
           ',' + QuoteCsv(item.error) + '\n';
  }
  return csv;
}

}  // namespace heartbeat::evaluation
