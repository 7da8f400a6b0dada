#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "store/records.h"

namespace heartbeat::cli {

// The history as a table for people: time, verdict, probability, label, patient reference, file and
// id of each prediction.
class HistoryTable {
 public:
  // As wide as `first`, the predictions of the first page, needs it; names and references are cut
  // where a row would be wider than `columns`.
  HistoryTable(std::span<const store::Prediction> first, std::size_t columns, bool color);

  [[nodiscard]] std::string Head() const;
  [[nodiscard]] std::string Row(const store::Prediction& prediction) const;

 private:
  std::size_t patient_columns_;
  std::size_t file_columns_;
  bool color_;
};

// "2026-01-31 12:00", UTC.
[[nodiscard]] std::string ShortTime(store::Time time);

// One prediction with its labels for people, a line for each thing that is known. `kept`: as
// server::KeptPredictionJson gives it; what it lacks is left out.
[[nodiscard]] std::string PredictionText(const nlohmann::json& kept);

}  // namespace heartbeat::cli
