#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "base/result.h"
#include "training/config.h"
#include "training/run_progress.h"

namespace heartbeat::training {

// For whoever runs a job as a part of something larger. What is set takes the place of standard
// error.
struct JobObserver {
  std::function<void(const std::string&)> line;
  std::function<void(const Progress&)> progress;  // after each step
};

// A whole training run: reads the datasets, computes or loads the features, trains, exports, checks
// the export, and writes into output.folder:
//   config.toml      every parameter of the run
//   train.log        what was printed, with times
//   checkpoint.pt    after each epoch, for --resume
//   history.json, history.svg   the epochs so far
//   <name>.onnx      the model with its metadata
//   metrics.json     hold-out measures with intervals, data, parity of the export
//   holdout.csv      the hold-out predictions
// Progress goes to standard error, as a moving line where `terminal`, or to `observer`. Errors:
// kInvalidArgument, kNotFound, kIo, kCancelled (`stop` became true; resumable), kInternal; those of
// TakeInitialModel.
[[nodiscard]] base::Result<void> RunJob(const TrainConfig& config, bool resume,
                                        const std::atomic<bool>& stop, bool terminal,
                                        const JobObserver& observer = {});

}  // namespace heartbeat::training
