#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "analysis/analyzer.h"
#include "base/result.h"
#include "evaluation/dataset.h"
#include "evaluation/measures.h"

namespace heartbeat::evaluation {

// Whether a model's evidence shows what its verdicts rest on: the cells of all windows of a
// recording that speak most for its predicted class are replaced by silence (each band's median, 0
// dB in the features), the network hears what is left, and the change of the recording's logit is
// compared with that after the deletion of as many other cells (after Samek et al. 2017,
// "Evaluating the visualization of what a deep neural network has learned").
struct DeletionOptions {
  std::vector<double> shares = {0.05, 0.1, 0.2};  // of all cells, each 0..1
  unsigned random_draws = 5;                      // at each share; their mean counts
  std::uint64_t seed = 1;                         // of the draws and of the bootstrap
  std::size_t resamples = 2000;
  unsigned threads = 0;  // 0: one per core
};

// How the deleted cells are chosen.
enum class DeletionOrder {
  kEvidence,  // what speaks most for the predicted class
  kRandom,
  kLoudness,  // where most is above the band's median
};
inline constexpr std::size_t kDeletionOrders = 3;
// "evidence", "random", "loudness".
[[nodiscard]] const char* Name(DeletionOrder order);

// The size of the change of a recording's logit, [order]; of kRandom the mean over the draws.
using LogitChanges = std::array<double, kDeletionOrders>;

// Of one recording, [share]. `recording_seed` makes its draws its own. Errors: those of
// Analyzer::Prepare and Run; kInvalidArgument where the model has no evidence.
[[nodiscard]] base::Result<std::vector<LogitChanges>> DeleteFrom(const analysis::Analyzer& analyzer,
                                                                 audio::Recording recording,
                                                                 const DeletionOptions& options,
                                                                 std::uint64_t recording_seed);

// Over all recordings, with 95 % bootstrap intervals over patients.
struct DeletionShare {
  double share = 0;
  std::array<Estimate, kDeletionOrders> mean_change;  // of the logit's size of change
  Estimate more_than_random;                          // by evidence less at random, in pairs
  Estimate more_than_loudness;                        // by evidence less by loudness, in pairs
  Estimate recordings_above;  // share of recordings in which evidence changes more than random
};
struct DeletionResults {
  std::size_t recordings = 0;
  std::size_t refused = 0;
  std::string first_refusal;  // why, of the first
  std::vector<DeletionShare> shares;
};

// Errors: kInvalidArgument where the model has no evidence or nothing could be heard; kCancelled.
[[nodiscard]] base::Result<DeletionResults> RunDeletion(
    const analysis::Analyzer& analyzer, std::span<const DatasetEntry> entries,
    const DeletionOptions& options, const std::atomic<bool>& stop,
    const std::function<void(std::size_t)>& on_done);

[[nodiscard]] nlohmann::json ToJson(const DeletionResults& results, const DeletionOptions& options);
[[nodiscard]] std::string ToTable(const DeletionResults& results);

}  // namespace heartbeat::evaluation
