#include "training/retrain_recipe.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"

namespace heartbeat::training {
namespace {

using base::ErrorCode;
using base::Fail;

constexpr std::uintmax_t kMaxJobBytes = std::uintmax_t{1} << 20;
constexpr std::size_t kEnoughForFive = 25;  // of the rarer class: five in each part
constexpr std::size_t kWindowsOfRecording = 8;
constexpr std::size_t kFewestWindows = 320;  // of an epoch: ten steps
constexpr std::size_t kMostWindows = 5000;

}  // namespace

base::Result<RetrainJob> RetrainJob::Read(const std::filesystem::path& file) {
  const auto text = base::ReadTextFile(file, kMaxJobBytes);
  if (!text) return Fail(text);
  RetrainJob job;
  try {
    const auto json = nlohmann::json::parse(*text);
    job.model = json.at("model").get<std::string>();
    job.version = json.at("version").get<std::string>();
    job.epochs = json.at("epochs").get<int>();
    job.threads = json.at("threads").get<int>();
    job.current_was_retrained = json.at("current_was_retrained").get<bool>();
  } catch (const nlohmann::json::exception&) {
    return Fail(ErrorCode::kInvalidArgument,
                file.string() + " is not what a server writes for heartbeat-train --retrain");
  }
  return job;
}

std::size_t RetrainFolds(std::size_t normal, std::size_t abnormal) {
  return std::min(normal, abnormal) >= kEnoughForFive ? 5 : 3;
}

TrainConfig RetrainRecipe(const RetrainJob& job, std::size_t recordings) {
  TrainConfig config;
  config.init.model = job.model.string();
  // Watches only: the last epoch is kept.
  config.data.holdout_fraction = 0.05;
  config.sampling.windows_per_epoch =
      static_cast<int>(std::clamp(recordings * kWindowsOfRecording, kFewestWindows, kMostWindows));
  config.augmentation.band_shift = 3;
  config.augmentation.band_mask_bands = 8;
  config.optimizer.epochs = job.epochs;
  config.optimizer.patience = job.epochs;
  config.optimizer.learning_rate = 5e-4;
  config.optimizer.average_decay = 0.99;  // of the last hundred steps: there are not many
  config.optimizer.keep = "last";
  config.optimizer.threads = job.threads;
  config.output.name = "heartbeat";
  config.output.version = job.version;
  return config;
}

}  // namespace heartbeat::training
