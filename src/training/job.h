#pragma once

#include <atomic>

#include "base/result.h"
#include "training/config.h"

namespace heartbeat::training {

// A whole training run: reads the datasets, computes or loads the features, trains, exports, checks
// the export, and writes into output.folder:
//   config.toml      every parameter of the run
//   train.log        what was printed, with times
//   checkpoint.pt    after each epoch, for --resume
//   history.json, history.svg   the epochs so far
//   <name>.onnx      the model with its metadata
//   metrics.json     hold-out measures with intervals, data, parity of the export
//   holdout.csv      the hold-out predictions
// Progress goes to standard error, as a moving line where `terminal`. Errors: kInvalidArgument,
// kNotFound, kIo, kCancelled (`stop` became true; resumable), kInternal.
[[nodiscard]] base::Result<void> RunJob(const TrainConfig& config, bool resume,
                                        const std::atomic<bool>& stop, bool terminal);

}  // namespace heartbeat::training
