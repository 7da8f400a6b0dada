#pragma once

#include <map>
#include <optional>
#include <string>

#include "analysis/calibration.h"
#include "base/result.h"
#include "features/log_mel.h"

namespace heartbeat::analysis {

// What a model carries in its ONNX metadata_props, so that it is never run with another front end
// than its own. The schema, key by key, is docs/model-format.md.
struct ModelMetadata {
  // Version 2 adds the calibration, version 3 the second view of the front end, with or without a
  // calibration. What has neither is written as version 1.
  static constexpr int kSchemaVersion = 3;

  std::string name;
  std::string version;
  features::LogMelConfig features;
  double window_s = 5.0;       // length of one window
  double window_step_s = 5.0;  // from one window's start to the next
  double feature_scale = 0.1;  // decibels are multiplied by this before they enter the network
  // Abnormal at and above this probability; of a calibrated model its balanced operating point.
  double threshold = 0.5;
  std::string training_data_sha256;  // fingerprint of what it was trained on
  std::string license;
  // Belongs to these very weights: nothing that is trained on from them takes it over.
  std::optional<Calibration> calibration;

  // Samples and frames of one window.
  [[nodiscard]] int WindowSamples() const;
  [[nodiscard]] int WindowFrames() const;

  // Errors: kInvalidModel, naming the key that is missing or does not fit.
  [[nodiscard]] static base::Result<ModelMetadata> Parse(
      const std::map<std::string, std::string>& metadata);
  // The inverse of Parse.
  [[nodiscard]] std::map<std::string, std::string> ToProperties() const;
};

}  // namespace heartbeat::analysis
