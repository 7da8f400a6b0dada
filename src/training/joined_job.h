#pragma once

#include "training/job.h"

namespace heartbeat::training {

// RunJob for a recipe with a second network: trains the first in output.folder/first and the second
// in output.folder/second, each as RunJob does, joins them (join.h) and writes into output.folder
//   config.toml, train.log, <name>.onnx
//   metrics.json     of the joined model; under "first" and "second" stand the metrics of both
//   history.json, history.svg   of the first network
//   holdout.csv      what the joined model says of the recordings that the second network held out.
//                    The first has learned from most of them: figures on them are too good
// With `resume` a network that is trained already is taken as it is. Errors: those of RunJob and
// Join.
[[nodiscard]] base::Result<void> RunJoinedJob(const TrainConfig& config, bool resume,
                                              const std::atomic<bool>& stop, bool terminal,
                                              const JobObserver& observer);

}  // namespace heartbeat::training
