#include "server/model_predictor.h"

#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "analysis/prediction.h"
#include "base/log.h"

namespace heartbeat::server {

ModelPredictor::ModelPredictor(const std::filesystem::path& model_path, std::size_t max_file_bytes)
    : max_file_bytes_(max_file_bytes) {
  if (model_path.empty()) {
    base::LogError("no model was named; /predict answers 503 until the server has one");
    return;
  }
  std::string reason;
  try {
    auto loaded = analysis::Analyzer::LoadFile(model_path);
    if (loaded) {
      analyzer_.emplace(*std::move(loaded));
      const auto& identity = analyzer_->identity();
      card_ = std::make_shared<const ModelCard>(
          ModelCard{.identity = identity,
                    .metadata = analyzer_->metadata(),
                    .figures = ReadModelFigures(model_path, identity.sha256)});
      return;
    }
    reason = std::move(loaded).error().message;
  } catch (const std::exception& failure) {  // such as a file too large for the memory
    reason = failure.what();
  }
  base::LogError("the model could not be loaded, /predict answers 503: " + reason);
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

}  // namespace heartbeat::server
