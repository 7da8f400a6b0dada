#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/calibration.h"
#include "base/result.h"
#include "evaluation/dataset.h"
#include "evaluation/results.h"

namespace heartbeat::evaluation {

struct ModelRunOptions {
  std::filesystem::path model;    // ONNX
  std::vector<std::string> data;  // dataset folders (ReadDataset)
  std::string split;              // only its rows; empty: every row
  // Predictions to fit conformal quantiles on; empty: those of a calibrated model, else no sets.
  std::filesystem::path calibration;
  std::optional<analysis::OperatingPoint> operating_point;  // of a calibrated model
  unsigned threads = 0;                                     // 0: one per core
  MeasureOptions measures;  // a calibrated model states its probabilities at their prevalence
  double conformal_error_level = 0.1;  // of `calibration`
};

// Called from any thread, never two at once.
struct ModelRunObserver {
  std::function<void(std::size_t done, std::size_t total)> progress;  // recordings
  std::function<void(const std::string&)> warn;
};

// The recordings of all folders; with a `split` its rows alone. Errors: those of ReadDataset;
// kInvalidArgument where no row has the split.
[[nodiscard]] base::Result<std::vector<DatasetEntry>> ReadEntries(
    const std::vector<std::string>& folders, const std::string& split);

// Scores a given model on labelled recordings through the serving path. Errors: those of
// analysis::Analyzer::LoadFile, ReadDataset and ParsePredictions; kInvalidArgument where no row has
// the split, or a label, where a recording is both scored and calibrated on, or `calibration` is
// given for a model that has quantiles of its own; kCancelled.
[[nodiscard]] base::Result<EvaluationResults> RunModel(const ModelRunOptions& options,
                                                       const std::atomic<bool>& stop,
                                                       const ModelRunObserver& observer);

}  // namespace heartbeat::evaluation
