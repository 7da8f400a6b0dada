#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/dataset.h"
#include "evaluation/results.h"

namespace heartbeat::evaluation {

struct ModelRunOptions {
  std::filesystem::path model;        // ONNX
  std::vector<std::string> data;      // dataset folders (ReadDataset)
  std::string split;                  // only its rows; empty: every row
  std::filesystem::path calibration;  // predictions to fit conformal quantiles on; empty: no sets
  unsigned threads = 0;               // 0: one per core
  MeasureOptions measures;
  double conformal_error_level = 0.1;
};

// Called from any thread, never two at once.
struct ModelRunObserver {
  std::function<void(std::size_t done, std::size_t total)> progress;  // recordings
  std::function<void(const std::string&)> warn;
};

// The rows of the folders that have the split; empty: every row. Errors: those of ReadDataset;
// kInvalidArgument where no row has it.
[[nodiscard]] base::Result<std::vector<DatasetEntry>> ReadRows(
    const std::vector<std::string>& folders, const std::string& split);

// Scores a given model on labelled recordings through the serving path. Errors: those of
// analysis::Analyzer::LoadFile, ReadRows and ParsePredictions; kInvalidArgument where no row has a
// label, or where a recording is both scored and calibrated on; kCancelled.
[[nodiscard]] base::Result<EvaluationResults> RunModel(const ModelRunOptions& options,
                                                       const std::atomic<bool>& stop,
                                                       const ModelRunObserver& observer);

}  // namespace heartbeat::evaluation
