#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "training/config.h"

namespace heartbeat::training {

// What a server asks of a retraining: the file job.json of its folder, whose data/ is a dataset
// (evaluation::ReadDataset).
struct RetrainJob {
  std::filesystem::path model;  // that is to be trained further, and compared with
  std::string version;          // of what comes out; its name is that of `model`
  int epochs = 8;
  int threads = 1;
  // The current model came out of an earlier retraining, so that it may have learned from these
  // recordings.
  bool current_was_retrained = false;

  // Errors: those of base::ReadTextFile; kInvalidArgument where it is not such a file.
  [[nodiscard]] static base::Result<RetrainJob> Read(const std::filesystem::path& file);
};

// How many parts the recordings are divided into, each judged by a model that learned from the
// others: 5, but 3 where there are so few that a fifth of the rarer class says nothing.
[[nodiscard]] std::size_t RetrainFolds(std::size_t normal, std::size_t abnormal);

// The recipe of fine-tuning on `recordings`: the augmentation of models/heartbeat.toml, a learning
// rate of a twelfth of its, and few windows, of which each recording gives about eight an epoch.
[[nodiscard]] TrainConfig RetrainRecipe(const RetrainJob& job, std::size_t recordings);

}  // namespace heartbeat::training
