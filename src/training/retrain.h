#pragma once

#include <atomic>
#include <filesystem>

#include "base/result.h"

namespace heartbeat::training {

// Fine-tunes a model on labelled recordings and compares it with what it began as. `folder` holds
// job.json (RetrainJob) and the recordings in data/; it gets
//   progress.json    {"progress": 0-100, "message", "seconds_left"}, about once a second
//   log.txt          a line for each epoch and result, with times; it names no recording
//   candidate/       the model (heartbeat.onnx), history.json, history.svg, config.toml, and
//                    comparison.json: both models on the recordings, with 95 % intervals. Each
//                    recording is judged by a fine-tuned model that has not seen it, nor a
//                    recording of the same person or sound (the candidate itself learned from all),
//                    and by the current model, both through the serving path
// candidate/ is there as a whole or not at all. The process works at low priority from then on.
// Errors: kCancelled (`stop` became true), those of RetrainJob::Read, RunJob, ReadDataset,
// MakeFolds and files.
[[nodiscard]] base::Result<void> Retrain(const std::filesystem::path& folder,
                                         const std::atomic<bool>& stop);

}  // namespace heartbeat::training
