#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace heartbeat::server {

// A measure with its 95 % interval.
struct FigureEstimate {
  double value = 0;
  std::optional<double> low;
  std::optional<double> high;
};

// How a model did on the recordings of one database, or on those of all ("all").
struct GroupFigures {
  struct Confusion {
    std::uint64_t true_negative = 0;
    std::uint64_t false_positive = 0;
    std::uint64_t false_negative = 0;
    std::uint64_t true_positive = 0;
  };

  std::string database;
  std::uint64_t normal = 0;  // recordings
  std::uint64_t abnormal = 0;
  std::uint64_t refused = 0;  // that could not be heard, and are in no measure
  std::optional<Confusion> confusion;
  std::map<std::string, FigureEstimate> measures;  // by name, such as "auroc"; only defined ones

  // nullopt where the measure is not there or was not defined.
  [[nodiscard]] std::optional<double> Find(const std::string& measure) const;
};

// What `heartbeat evaluate MODEL DATA --out DIR` wrote to DIR/metrics.json (docs/evaluating.md).
struct ModelFigures {
  std::optional<std::string> split;  // nullopt: all rows of the data
  double threshold = 0;
  std::vector<GroupFigures> groups;  // at least one, with the database "all"

  [[nodiscard]] const GroupFigures& all() const;
};

// Reads `metrics.json` in the folder of the model. Figures that were made with another file than
// the model with this SHA-256 say nothing about it. Errors, each with a sentence that names no
// folder: kNotFound (no such file), kInvalidArgument (not of that form, or of another model), kIo.
[[nodiscard]] base::Result<ModelFigures> ReadModelFigures(const std::filesystem::path& model_path,
                                                          std::string_view model_sha256);

// Of GET /model.
[[nodiscard]] nlohmann::json ToJson(const ModelFigures& figures);

}  // namespace heartbeat::server
