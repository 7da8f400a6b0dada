#pragma once

#include <torch/optim/adamw.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "training/history.h"
#include "training/network.h"

namespace heartbeat::training {

// Where a run stands, beside its tensors.
struct RunState {
  int epoch = 0;        // of the next step, from 0
  int step = 0;         // of the next step, within its epoch
  double loss_sum = 0;  // of this epoch's steps so far
  int best_epoch = 0;   // from 1; 0: none yet
  double best_auroc = 0;
  std::vector<EpochRecord> history;
};

// The tensors of a run: learned, averaged, and the average at the best epoch.
struct RunTensors {
  Network network{nullptr};
  Network average{nullptr};
  Network best{nullptr};
  torch::optim::AdamW* optimizer = nullptr;
};

// Errors: kIo.
[[nodiscard]] base::Result<void> SaveCheckpoint(const std::filesystem::path& path,
                                                const RunState& state, const RunTensors& tensors);
// Overwrites the tensors in place. Errors: kNotFound, kIo, kInvalidArgument (damaged, or of another
// network).
[[nodiscard]] base::Result<RunState> LoadCheckpoint(const std::filesystem::path& path,
                                                    RunTensors& tensors);

}  // namespace heartbeat::training
