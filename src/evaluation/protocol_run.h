#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/folds.h"
#include "evaluation/results.h"

namespace heartbeat::evaluation {

struct ProtocolOptions {
  Protocol protocol = Protocol::kValidation;
  std::filesystem::path recipe;   // TOML for heartbeat-train
  std::vector<std::string> data;  // dataset folders (ReadDataset)
  std::filesystem::path out;      // everything goes into a folder of the protocol's name in it
  std::filesystem::path trainer;  // heartbeat-train
  std::filesystem::path program;  // this one, whose build is part of what a fold depends on
  FoldOptions folds;              // `together` is found out by RunProtocol
  unsigned jobs = 1;              // folds at a time
  unsigned threads = 0;           // of all of them together; 0: one per core
  bool quick = false;
  bool restart = false;  // throws away what an earlier evaluation left
  MeasureOptions measures;
  double conformal_error_level = 0.1;
};

// Called from any thread, never two at once.
struct ProtocolObserver {
  std::function<void(const std::string&)> note;  // a line on how far it has come
  std::function<void(const std::string&)> warn;  // a line on what the figures must be read with
  // Epochs of what this call has to do, of which earlier calls' work is no part.
  std::function<void(std::size_t done, std::size_t total)> progress;
};

// The folder of a protocol within `out`: "cross-validation", or "cross-validation-quick", so that a
// quick look never mixes with the real thing.
[[nodiscard]] std::filesystem::path ProtocolFolder(const std::filesystem::path& out,
                                                   Protocol protocol, bool quick);

// Judges a recipe by a protocol: trains a model for each fold by heartbeat-train, hears the fold's
// test rows through the serving path, and measures them together. Everything is kept in
// ProtocolFolder as docs/evaluating.md lists it, and an evaluation that was stopped goes on from
// there. Conformal quantiles are fitted on the other folds' predictions in cross-validation, else
// on the recordings that heartbeat-train held out of the fold's training rows. Errors: those of
// ReadDataset, MakeFolds, ReadRecipe and RunFold; kInvalidArgument where the folder holds an
// evaluation of something else, naming what differs; kCancelled (`stop` became true).
[[nodiscard]] base::Result<EvaluationResults> RunProtocol(const ProtocolOptions& options,
                                                          const std::atomic<bool>& stop,
                                                          const ProtocolObserver& observer);

}  // namespace heartbeat::evaluation
