#include "analysis/model_metadata.h"

#include <charconv>
#include <cmath>
#include <type_traits>

#include "features/log_mel_fields.h"

namespace heartbeat::analysis {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr const char* kSchemaVersionKey = "heartbeat.schema_version";
constexpr const char* kPrefix = "heartbeat.";
// Schema versions.
constexpr int kCalibrated = 2;
constexpr int kTwoViews = 3;
static_assert(kTwoViews == ModelMetadata::kSchemaVersion);
// Tells whether a model of version 3 has a calibration, all of whose keys are then needed.
constexpr const char* kCalibrationKey = "heartbeat.calibration.slope";

// The fields beside the front end's, in one place for reading and writing.
template <typename Metadata, typename Visitor>
void ForEachOwnField(Metadata& metadata, Visitor&& visit) {
  visit("name", metadata.name);
  visit("version", metadata.version);
  visit("window_s", metadata.window_s);
  visit("window_step_s", metadata.window_step_s);
  visit("feature_scale", metadata.feature_scale);
  visit("threshold", metadata.threshold);
  visit("training_data_sha256", metadata.training_data_sha256);
  visit("license", metadata.license);
}

// Those of a calibration, from schema version 2 on.
template <typename CalibrationType, typename Visitor>
void ForEachCalibrationField(CalibrationType& calibration, Visitor&& visit) {
  visit("calibration.slope", calibration.slope);
  visit("calibration.intercept", calibration.intercept);
  visit("calibration.prevalence", calibration.prevalence);
  visit("operating_points.screening", calibration.screening);
  visit("operating_points.balanced", calibration.balanced);
  visit("operating_points.specific", calibration.specific);
  visit("conformal.error_level", calibration.conformal.error_level);
  visit("conformal.largest_normal", calibration.conformal.largest_normal);
  visit("conformal.largest_abnormal", calibration.conformal.largest_abnormal);
}

// Those of schema version 3.
template <typename View, typename Visitor>
void ForEachViewField(View& view, Visitor&& visit) {
  visit("second_view.first_band", view.first_band);
  visit("second_view.bands", view.bands);
}

template <typename T>
std::string ToText(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return std::string(features::EnumName(value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value;
  } else {
    // to_chars gives the shortest text that reads back to the same number.
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, value);
    return {text, end.ptr};
  }
}

template <typename T>
bool FromText(const std::string& text, T& value) {
  if constexpr (std::is_enum_v<T>) {
    return features::ParseEnum(text, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = text;
    return true;
  } else {
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return false;
    if constexpr (std::is_floating_point_v<T>) return std::isfinite(value);
    return true;
  }
}

// Reads fields one after another; after the first fault the rest is left alone.
class Reader {
 public:
  Reader(const std::map<std::string, std::string>& properties, std::string prefix)
      : properties_(properties), prefix_(std::move(prefix)) {}

  template <typename T>
  void operator()(const char* name, T& field) {
    if (!fault_.empty()) return;
    const auto found = properties_.find(prefix_ + name);
    if (found == properties_.end()) {
      fault_ = "the model's metadata has no " + prefix_ + name;
    } else if (!FromText(found->second, field)) {
      fault_ = "the model's metadata holds an invalid " + prefix_ + name + ": \"" +
               found->second.substr(0, 80) + "\"";
    }
  }
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  const std::map<std::string, std::string>& properties_;
  std::string prefix_;
  std::string fault_;
};

std::string FindImpossible(const ModelMetadata& m) {
  if (m.name.empty()) return "heartbeat.name is empty";
  if (!(m.window_s >= 1 && m.window_s <= 60)) return "heartbeat.window_s is not within 1-60 s";
  if (!(m.window_step_s >= 0.1 && m.window_step_s <= m.window_s)) {
    return "heartbeat.window_step_s is not within 0.1 s and the window's length";
  }
  if (!(m.feature_scale > 0)) return "heartbeat.feature_scale is not positive";
  if (!(m.threshold > 0 && m.threshold < 1)) return "heartbeat.threshold is not between 0 and 1";
  if (m.WindowFrames() < 1) return "heartbeat.window_s holds no frame";
  if (!m.calibration) return {};
  if (m.threshold != m.calibration->balanced) {
    return "heartbeat.threshold is not heartbeat.operating_points.balanced";
  }
  return m.calibration->FindImpossible();
}

}  // namespace

int ModelMetadata::WindowSamples() const {
  return static_cast<int>(std::lround(window_s * features.sample_rate_hz));
}

int ModelMetadata::WindowFrames() const { return WindowSamples() / features.hop_samples; }

Result<ModelMetadata> ModelMetadata::Parse(const std::map<std::string, std::string>& properties) {
  int schema_version = 0;
  const auto found = properties.find(kSchemaVersionKey);
  if (found == properties.end() || !FromText(found->second, schema_version)) {
    return Fail(
        ErrorCode::kInvalidModel,
        std::string("the model carries no ") + kSchemaVersionKey +
            " in its metadata: it was not made for HeartBeat AI (see docs/model-format.md)");
  }
  if (schema_version < 1 || schema_version > kSchemaVersion) {
    return Fail(ErrorCode::kInvalidModel,
                "the model's metadata has schema version " + std::to_string(schema_version) +
                    "; this program reads versions 1 to " + std::to_string(kSchemaVersion));
  }
  ModelMetadata metadata;
  Reader own(properties, kPrefix);
  ForEachOwnField(metadata, own);
  if (!own.fault().empty()) return Fail(ErrorCode::kInvalidModel, own.fault());
  Reader front_end(properties, std::string(kPrefix) + "features.");
  features::ForEachField(metadata.features, front_end);
  if (!front_end.fault().empty()) return Fail(ErrorCode::kInvalidModel, front_end.fault());
  if (schema_version == kTwoViews) {
    Reader view(properties, kPrefix);
    ForEachViewField(metadata.features.second_view.emplace(), view);
    if (!view.fault().empty()) return Fail(ErrorCode::kInvalidModel, view.fault());
  }
  const bool has_calibration = schema_version == kTwoViews && properties.contains(kCalibrationKey);
  if (schema_version == kCalibrated || has_calibration) {
    Reader calibration(properties, kPrefix);
    ForEachCalibrationField(metadata.calibration.emplace(), calibration);
    if (!calibration.fault().empty()) return Fail(ErrorCode::kInvalidModel, calibration.fault());
  }
  if (const auto valid = metadata.features.Validate(); !valid) {
    return Fail(ErrorCode::kInvalidModel, "the model's front end: " + valid.error().message);
  }
  if (const std::string fault = FindImpossible(metadata); !fault.empty()) {
    return Fail(ErrorCode::kInvalidModel, "the model's metadata: " + fault);
  }
  return metadata;
}

std::map<std::string, std::string> ModelMetadata::ToProperties() const {
  std::map<std::string, std::string> properties;
  properties[kSchemaVersionKey] = std::to_string(features.second_view ? kTwoViews
                                                 : calibration        ? kCalibrated
                                                                      : 1);
  const auto write = [&](const char* field, const auto& value) {
    properties[std::string(kPrefix) + field] = ToText(value);
  };
  ForEachOwnField(*this, write);
  if (calibration) ForEachCalibrationField(*calibration, write);
  if (features.second_view) ForEachViewField(*features.second_view, write);
  features::ForEachField(features, [&](const char* field, const auto& value) {
    properties[std::string(kPrefix) + "features." + field] = ToText(value);
  });
  return properties;
}

}  // namespace heartbeat::analysis
