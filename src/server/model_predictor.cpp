#include "server/model_predictor.h"

#include <cmath>
#include <exception>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string>
#include <utility>

#include "analysis/prediction.h"
#include "base/log.h"

namespace heartbeat::server {
namespace {

// Beats at 75 a minute: enough for a model to show whether it gives numbers.
audio::Recording MadeUpRecording() {
  constexpr int kSampleRateHz = 2000;
  constexpr double kDurationS = 8;
  constexpr double kPeriodS = 0.8;
  audio::Recording recording;
  recording.sample_rate_hz = kSampleRateHz;
  for (int i = 0; i < static_cast<int>(kDurationS * kSampleRateHz); ++i) {
    const double time_s = static_cast<double>(i) / kSampleRateHz;
    const double beat_s = std::fmod(time_s, kPeriodS);
    recording.samples.push_back(static_cast<float>(0.25 * std::exp(-beat_s / 0.03) *
                                                   std::sin(2 * std::numbers::pi * 60 * beat_s)));
  }
  return recording;
}

}  // namespace

ModelPredictor::ModelPredictor(const std::filesystem::path& model_path, std::size_t max_file_bytes,
                               const analysis::AnalyzerOptions& asked)
    : max_file_bytes_(max_file_bytes) {
  if (model_path.empty()) {
    base::LogError("no model was named; /predict answers 503 until the server has one");
    return;
  }
  if (const auto taken = Take(model_path, asked); !taken) {
    base::LogError("the model could not be loaded, /predict answers 503: " + taken.error().message);
  }
}

base::Result<std::shared_ptr<const ModelPredictor>> ModelPredictor::Load(
    const std::filesystem::path& model_path, std::size_t max_file_bytes,
    const analysis::AnalyzerOptions& asked) {
  std::shared_ptr<ModelPredictor> predictor(new ModelPredictor(max_file_bytes));
  if (auto taken = predictor->Take(model_path, asked); !taken) return base::Fail(taken);
  if (const auto heard = predictor->analyzer_->Analyze(MadeUpRecording()); !heard) {
    return base::Fail(heard);
  }
  return predictor;
}

base::Result<void> ModelPredictor::Take(const std::filesystem::path& model_path,
                                        const analysis::AnalyzerOptions& asked) {
  try {
    auto loaded = analysis::Analyzer::LoadFile(model_path, asked);
    if (!loaded) return base::Fail(loaded);
    const auto& identity = loaded->identity();
    card_ = std::make_shared<const ModelCard>(
        ModelCard{.identity = identity,
                  .metadata = loaded->metadata(),
                  .rule = loaded->rule(),
                  .hears_murmurs = loaded->HearsMurmurs(),
                  .figures = ReadModelFigures(model_path, identity.sha256),
                  .file = model_path});
    analyzer_.emplace(*std::move(loaded));
    return {};
  } catch (const std::exception& failure) {  // such as a file too large for the memory
    return base::Fail(base::ErrorCode::kInvalidModel, failure.what());
  }
}

bool ModelPredictor::IsLoaded() const { return analyzer_.has_value(); }

std::string ModelPredictor::ModelLabel() const {
  if (!analyzer_) return {};
  return analyzer_->identity().name + " " + analyzer_->identity().version;
}

base::Result<nlohmann::json> ModelPredictor::Predict(std::span<const std::byte> bytes,
                                                     std::string_view file_name) const {
  if (!analyzer_) return base::Fail(base::ErrorCode::kNoModel, "no model is loaded");
  audio::DecodeLimits limits;
  limits.max_file_bytes = max_file_bytes_;
  const auto prediction = analysis::Predict(*analyzer_, bytes, file_name, limits);
  if (!prediction) return base::Fail(prediction);
  return analysis::ToJson(*prediction);
}

base::Result<nlohmann::json> Predictor::Explain(std::span<const std::byte>,
                                                std::string_view) const {
  return base::Fail(base::ErrorCode::kNotFound,
                    "the model gives no evidence, so that nothing can be explained");
}

base::Result<nlohmann::json> ModelPredictor::Explain(std::span<const std::byte> bytes,
                                                     std::string_view model_sha256) const {
  if (!analyzer_) return base::Fail(base::ErrorCode::kNoModel, "no model is loaded");
  if (analyzer_->identity().sha256 != model_sha256) {
    return base::Fail(base::ErrorCode::kNotFound,
                      "this prediction was made by another model than the one that serves now, "
                      "which cannot tell why; send the recording again to hear what this one "
                      "says");
  }
  audio::DecodeLimits limits;  // what was heard once is explained, whatever the limit is now
  limits.max_file_bytes = std::numeric_limits<std::size_t>::max();
  return analysis::ExplanationJson(*analyzer_, bytes, limits);
}

}  // namespace heartbeat::server
