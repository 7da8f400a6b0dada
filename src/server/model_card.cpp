#include "server/model_card.h"

#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>

#include "analysis/guidance.h"
#include "features/log_mel_fields.h"

namespace heartbeat::server {
namespace {

// null where the model is not calibrated.
nlohmann::json CalibrationJson(const analysis::DecisionRule& rule) {
  if (!rule.calibration()) return nullptr;
  const auto& calibration = *rule.calibration();
  nlohmann::json points;
  for (const auto point : analysis::kOperatingPoints) {
    points[Name(point)] = calibration.Threshold(point);
  }
  const auto& conformal = calibration.conformal;
  return {{"slope", calibration.slope},
          {"intercept", calibration.intercept},
          {"prevalence", rule.prevalence()},
          {"operating_point", Name(rule.operating_point())},
          {"operating_points", std::move(points)},
          {"prediction_sets",
           {{"error_level", conformal.error_level},
            {"largest_normal", conformal.largest_normal},
            {"largest_abnormal", conformal.largest_abnormal}}}};
}

}  // namespace

nlohmann::json ToJson(const ModelCard& card) {
  const auto& metadata = card.metadata;
  nlohmann::json features;
  features::ForEachField(metadata.features, [&features](const char* name, const auto& value) {
    if constexpr (std::is_enum_v<std::remove_cvref_t<decltype(value)>>) {
      features[name] = features::EnumName(value);
    } else {
      features[name] = value;
    }
  });
  if (const auto& view = metadata.features.second_view) {
    features["second_view_first_band"] = view->first_band;
    features["second_view_bands"] = view->bands;
  }
  return {{"name", card.identity.name},
          {"version", card.identity.version},
          {"sha256", card.identity.sha256},
          {"license", metadata.license},
          {"training_data_sha256", metadata.training_data_sha256},
          {"threshold", card.rule.threshold()},
          {"calibration", CalibrationJson(card.rule)},
          {"hears_murmurs", card.hears_murmurs},
          {"window_s", metadata.window_s},
          {"window_step_s", metadata.window_step_s},
          {"feature_scale", metadata.feature_scale},
          {"features", std::move(features)},
          {"figures", card.figures ? ToJson(*card.figures) : nlohmann::json(nullptr)},
          {"figures_note",
           card.figures ? nlohmann::json(nullptr) : nlohmann::json(card.figures.error().message)},
          {"disclaimer", analysis::kDisclaimer}};
}

}  // namespace heartbeat::server
