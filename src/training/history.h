#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace heartbeat::training {

// One finished epoch.
struct EpochRecord {
  int epoch = 0;  // from 1
  double learning_rate = 0;
  double loss = 0;          // mean over the epoch's batches
  double holdout_loss = 0;  // of the averaged weights, per recording
  double holdout_auroc = 0;
  double holdout_macc = 0;  // at probability 0.5
  double seconds = 0;
  // Present against absent, by recording; nothing where the network has no murmur output.
  std::optional<double> holdout_murmur_auroc = {};
};

[[nodiscard]] nlohmann::json ToJson(const std::vector<EpochRecord>& history);
// Errors: kInvalidArgument where the JSON is not what ToJson wrote.
[[nodiscard]] base::Result<std::vector<EpochRecord>> HistoryFromJson(std::string_view json);

// Two plots, one above the other, sharing the epochs as their x axis: both losses; AUROC and MAcc.
// The AUROC of murmurs is there where every epoch has one.
[[nodiscard]] std::string ToSvg(const std::vector<EpochRecord>& history);

}  // namespace heartbeat::training
