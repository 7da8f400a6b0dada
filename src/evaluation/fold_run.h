#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/dataset.h"
#include "evaluation/folds.h"
#include "evaluation/results.h"
#include "evaluation/scored_entry.h"

namespace heartbeat::evaluation {

// What every fold of one evaluation shares.
struct FoldContext {
  std::filesystem::path trainer;       // heartbeat-train
  std::filesystem::path recipe;        // TOML, as heartbeat-train printed it
  std::vector<std::string> data;       // dataset folders
  std::filesystem::path folder;        // a folder of each fold's name is made in it
  std::filesystem::path cache_folder;  // features, shared by the folds
  std::string model_name;              // of the recipe: heartbeat-train calls its file so
  std::string program_sha256;          // of this program, which scores
  unsigned threads = 1;                // of one fold
  const std::vector<DatasetEntry>* entries = nullptr;
  const std::vector<std::string>* hashes = nullptr;  // of their bytes
};

struct FoldObserver {
  std::function<void(const std::string&)> say;  // a line for the person
  std::function<void(int)> epochs_done;         // of this fold, so far
};

struct FoldOutcome {
  FoldResults results;
  bool was_done = false;                 // by an earlier call
  std::vector<ScoredEntry> predictions;  // of the test rows
  std::vector<ScoredEntry> holdout;  // of the rows that heartbeat-train held out, by the trainer
};

// Trains one fold's model, or takes what an earlier call left, and hears its test rows through the
// serving path. In the fold's folder it leaves rows.csv (what may be learned from), what
// heartbeat-train writes with the model as model.onnx, predictions.csv, and last fold.json, which
// says that the fold is done. A fold that is done is read, not run; where it was scored by another
// build of heartbeat, or its predictions changed since, it is scored anew. Errors: those of
// RunTrainer, ScoreDataset and files; kInvalidArgument where what lies there does not belong to
// this fold.
[[nodiscard]] base::Result<FoldOutcome> RunFold(const FoldContext& context, const Fold& fold,
                                                const std::atomic<bool>& stop,
                                                const FoldObserver& observer);

}  // namespace heartbeat::evaluation
