#include "evaluation/deletion.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <random>
#include <string_view>
#include <utility>

#include "audio/decode.h"
#include "base/file.h"
#include "base/parallel.h"
#include "evaluation/bootstrap.h"

namespace heartbeat::evaluation {
namespace {

using analysis::Analyzer;
using analysis::EvidenceShape;
using analysis::NetworkInput;
using base::ErrorCode;
using base::Fail;
using base::Result;

double MeanOf(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// The cells of all windows of one recording, numbered as the evidence has them.
class Cells {
 public:
  Cells(const Analyzer& analyzer, const NetworkInput& input)
      : shape_(analyzer.evidence_shape()),
        features_(analyzer.metadata().features),
        frames_(analyzer.metadata().WindowFrames()),
        input_(input) {}

  [[nodiscard]] std::size_t count() const { return input_.starts.size() * shape_.Cells(); }

  // The mean of a cell's features, 0 being the median of its bands.
  [[nodiscard]] double Loudness(std::size_t cell) const {
    double sum = 0;
    std::size_t values = 0;
    ForEachValue(cell, [&](std::size_t at) {
      sum += static_cast<double>(input_.values[at]);
      ++values;
    });
    return sum / static_cast<double>(values);
  }

  [[nodiscard]] std::vector<float> Without(std::span<const std::size_t> cells) const {
    std::vector<float> values = input_.values;
    for (const std::size_t cell : cells) {
      ForEachValue(cell, [&](std::size_t at) { values[at] = 0; });
    }
    return values;
  }

 private:
  template <typename Function>
  void ForEachValue(std::size_t cell, const Function& function) const {
    const std::size_t window = cell / shape_.Cells();
    const auto in_window = static_cast<int>(cell % shape_.Cells());
    const auto bands =
        analysis::SpanOfCell(features_.mel_bands, shape_.rows, in_window / shape_.columns);
    const auto columns = analysis::SpanOfCell(frames_, shape_.columns, in_window % shape_.columns);
    const auto rows = static_cast<std::size_t>(features_.Rows());
    const auto frames = static_cast<std::size_t>(frames_);
    const auto for_row = [&](int row) {
      const std::size_t line = (window * rows + static_cast<std::size_t>(row)) * frames;
      for (int frame = columns.begin; frame < columns.end; ++frame) {
        function(line + static_cast<std::size_t>(frame));
      }
    };
    for (int band = bands.begin; band < bands.end; ++band) {
      for_row(band);
      if (!features_.second_view) continue;
      const int in_view = band - features_.second_view->first_band;
      if (in_view >= 0 && in_view < features_.second_view->bands) {
        for_row(features_.mel_bands + in_view);
      }
    }
  }

  EvidenceShape shape_;
  const features::LogMelConfig& features_;
  int frames_;
  const NetworkInput& input_;
};

std::vector<std::size_t> InOrder(std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

// The highest first.
template <typename Score>
std::vector<std::size_t> Ranked(std::size_t count, const Score& score) {
  auto order = InOrder(count);
  std::vector<double> scores(count);
  std::ranges::transform(order, scores.begin(), score);
  std::ranges::stable_sort(order, [&](auto a, auto b) { return scores[a] > scores[b]; });
  return order;
}

// Not std::shuffle, whose result differs between standard libraries.
void Shuffle(std::vector<std::size_t>& order, std::mt19937_64& random) {
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
}

template <typename T>
auto& At(T& array, DeletionOrder order) {
  return array[static_cast<std::size_t>(order)];
}

std::unexpected<base::Error> NoEvidence() {
  return Fail(ErrorCode::kInvalidArgument,
              "this model gives no evidence, so that there are no explanations to judge; one that "
              "heartbeat train of this version writes does (--reexport adds it to an older one)");
}

// Recordings of one patient share a number; one whose patient is not known has its own.
std::vector<Resampled> Clusters(std::span<const DatasetEntry* const> entries) {
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> number_of;
  std::vector<Resampled> clusters;
  for (const DatasetEntry* entry : entries) {
    std::size_t cluster = clusters.size();
    if (!entry->patient.empty()) {
      cluster = number_of
                    .emplace(std::pair<std::string_view, std::string_view>(entry->database,
                                                                           entry->patient),
                             cluster)
                    .first->second;
    }
    clusters.push_back({cluster, entry->label == Label::kAbnormal});
  }
  return clusters;
}

// Means over recordings, and over each of the same resamples of them.
class Means {
 public:
  Means(std::span<const DatasetEntry* const> entries, const DeletionOptions& options) {
    Resampler resampler(Clusters(entries), options.seed);
    draws_.resize(options.resamples, std::vector<std::uint32_t>(entries.size()));
    for (auto& counts : draws_) resampler.Draw(counts);
  }

  [[nodiscard]] Estimate Of(std::span<const double> values) const {
    std::vector<double> replicates;
    replicates.reserve(draws_.size());
    for (const auto& counts : draws_) replicates.push_back(Weighted(values, counts));
    const std::vector<std::uint32_t> once(values.size(), 1);
    return PercentileInterval(Weighted(values, once), std::move(replicates));
  }

 private:
  static double Weighted(std::span<const double> values, std::span<const std::uint32_t> counts) {
    double sum = 0;
    double total = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum += counts[i] * values[i];
      total += counts[i];
    }
    return sum / total;
  }

  std::vector<std::vector<std::uint32_t>> draws_;
};

DeletionShare Summarize(double share, std::span<const LogitChanges> changes, const Means& means) {
  DeletionShare summary;
  summary.share = share;
  const auto each = [&](const auto& value) {
    std::vector<double> values;
    values.reserve(changes.size());
    for (const LogitChanges& change : changes) values.push_back(value(change));
    return means.Of(values);
  };
  for (std::size_t order = 0; order < kDeletionOrders; ++order) {
    summary.mean_change[order] = each([&](const LogitChanges& change) { return change[order]; });
  }
  const auto beyond = [](DeletionOrder other) {
    return [other](const LogitChanges& change) {
      return At(change, DeletionOrder::kEvidence) - At(change, other);
    };
  };
  summary.more_than_random = each(beyond(DeletionOrder::kRandom));
  summary.more_than_loudness = each(beyond(DeletionOrder::kLoudness));
  summary.recordings_above = each([&](const LogitChanges& change) {
    return beyond(DeletionOrder::kRandom)(change) > 0 ? 1.0 : 0.0;
  });
  return summary;
}

Result<std::vector<LogitChanges>> HearAndDelete(const Analyzer& analyzer, const DatasetEntry& entry,
                                                const DeletionOptions& options,
                                                std::uint64_t seed) {
  const audio::DecodeLimits limits;
  const auto bytes = base::ReadFile(entry.path, limits.max_file_bytes);
  if (!bytes) return Fail(bytes);
  auto decoded = audio::Decode(*bytes, limits, analyzer.metadata().features.sample_rate_hz);
  if (!decoded) return Fail(decoded);
  return DeleteFrom(analyzer, std::move(decoded->recording), options, seed);
}

nlohmann::json EstimateJson(const Estimate& estimate) {
  return {{"value", estimate.value}, {"low", estimate.low}, {"high", estimate.high}};
}

std::string Cell(const Estimate& estimate) {
  char text[48];
  std::snprintf(text, sizeof text, "%.3f (%.3f-%.3f)", estimate.value, estimate.low, estimate.high);
  return text;
}

}  // namespace

const char* Name(DeletionOrder order) {
  switch (order) {
    case DeletionOrder::kEvidence:
      return "evidence";
    case DeletionOrder::kRandom:
      return "random";
    case DeletionOrder::kLoudness:
      break;
  }
  return "loudness";
}

Result<std::vector<LogitChanges>> DeleteFrom(const Analyzer& analyzer, audio::Recording recording,
                                             const DeletionOptions& options,
                                             std::uint64_t recording_seed) {
  if (analyzer.evidence_shape().rows == 0) return NoEvidence();
  const auto input = analyzer.Prepare(std::move(recording));
  if (!input) return Fail(input);
  const std::size_t windows = input->starts.size();
  const auto output = analyzer.Run(windows, input->values);
  if (!output) return Fail(output);
  const double logit = MeanOf(output->logits);
  const double threshold = analyzer.metadata().threshold;
  const double direction = logit >= std::log(threshold / (1 - threshold)) ? 1 : -1;

  const Cells cells(analyzer, *input);
  const auto by_evidence = Ranked(cells.count(), [&](std::size_t cell) {
    return direction * static_cast<double>(output->evidence[cell]);
  });
  const auto by_loudness =
      Ranked(cells.count(), [&](std::size_t cell) { return cells.Loudness(cell); });
  const auto change_without = [&](std::span<const std::size_t> deleted) -> Result<double> {
    const auto left = analyzer.Run(windows, cells.Without(deleted));
    if (!left) return Fail(left);
    return std::abs(MeanOf(left->logits) - logit);
  };

  std::mt19937_64 random(options.seed + recording_seed);
  auto shuffled = InOrder(cells.count());
  std::vector<LogitChanges> changes;
  for (const double share : options.shares) {
    const auto deleted =
        static_cast<std::size_t>(std::lround(share * static_cast<double>(cells.count())));
    LogitChanges at_share = {};
    const auto add = [&](DeletionOrder order, std::span<const std::size_t> ranked,
                         double weight) -> Result<void> {
      const auto change = change_without(ranked.first(deleted));
      if (!change) return Fail(change);
      At(at_share, order) += weight * *change;
      return {};
    };
    if (auto done = add(DeletionOrder::kEvidence, by_evidence, 1); !done) return Fail(done);
    if (auto done = add(DeletionOrder::kLoudness, by_loudness, 1); !done) return Fail(done);
    for (unsigned draw = 0; draw < options.random_draws; ++draw) {
      Shuffle(shuffled, random);
      auto done = add(DeletionOrder::kRandom, shuffled, 1.0 / options.random_draws);
      if (!done) return Fail(done);
    }
    changes.push_back(at_share);
  }
  return changes;
}

Result<DeletionResults> RunDeletion(const Analyzer& analyzer, std::span<const DatasetEntry> entries,
                                    const DeletionOptions& options, const std::atomic<bool>& stop,
                                    const std::function<void(std::size_t)>& on_done) {
  if (analyzer.evidence_shape().rows == 0) return NoEvidence();
  std::vector<std::optional<Result<std::vector<LogitChanges>>>> heard(entries.size());
  std::mutex mutex;
  std::size_t done = 0;
  base::ParallelFor(entries.size(), options.threads, [&](std::size_t i) {
    if (stop) return;
    heard[i] = HearAndDelete(analyzer, entries[i], options, i);
    const std::lock_guard lock(mutex);
    ++done;
    if (on_done) on_done(done);
  });
  if (done < entries.size()) {
    return Fail(ErrorCode::kCancelled, "stopped before every recording was heard");
  }

  DeletionResults results;
  std::vector<const DatasetEntry*> counted;
  std::vector<std::vector<LogitChanges>> by_share(options.shares.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& changes = *heard[i];
    if (!changes) {
      if (results.refused++ == 0) results.first_refusal = changes.error().message;
      continue;
    }
    counted.push_back(&entries[i]);
    for (std::size_t s = 0; s < by_share.size(); ++s) by_share[s].push_back((*changes)[s]);
  }
  if (counted.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "none of these recordings could be heard: " + results.first_refusal);
  }
  results.recordings = counted.size();
  const Means means(counted, options);
  for (std::size_t s = 0; s < by_share.size(); ++s) {
    results.shares.push_back(Summarize(options.shares[s], by_share[s], means));
  }
  return results;
}

nlohmann::json ToJson(const DeletionResults& results, const DeletionOptions& options) {
  nlohmann::json shares = nlohmann::json::array();
  for (const DeletionShare& share : results.shares) {
    nlohmann::json change;
    for (std::size_t order = 0; order < kDeletionOrders; ++order) {
      change[Name(static_cast<DeletionOrder>(order))] = EstimateJson(share.mean_change[order]);
    }
    shares.push_back({{"share_deleted", share.share},
                      {"mean_change_of_logit", std::move(change)},
                      {"more_than_random", EstimateJson(share.more_than_random)},
                      {"more_than_loudness", EstimateJson(share.more_than_loudness)},
                      {"recordings_above_random", EstimateJson(share.recordings_above)}});
  }
  return {{"protocol", "deletion"},     {"recordings", results.recordings},
          {"refused", results.refused}, {"random_draws", options.random_draws},
          {"seed", options.seed},       {"resamples", options.resamples},
          {"shares", std::move(shares)}};
}

std::string ToTable(const DeletionResults& results) {
  char line[256];
  std::snprintf(line, sizeof line,
                "mean change of the logit of %zu recordings, %zu refused\n"
                "%-8s  %-20s  %-20s  %-20s  %-20s  %s\n",
                results.recordings, results.refused, "deleted", "by evidence", "at random",
                "by loudness", "more than random", "recordings above");
  std::string table = line;
  for (const DeletionShare& share : results.shares) {
    std::snprintf(line, sizeof line, "%5.1f %%   %-20s  %-20s  %-20s  %-20s  %s\n",
                  share.share * 100, Cell(At(share.mean_change, DeletionOrder::kEvidence)).c_str(),
                  Cell(At(share.mean_change, DeletionOrder::kRandom)).c_str(),
                  Cell(At(share.mean_change, DeletionOrder::kLoudness)).c_str(),
                  Cell(share.more_than_random).c_str(), Cell(share.recordings_above).c_str());
    table += line;
  }
  return table;
}

}  // namespace heartbeat::evaluation
