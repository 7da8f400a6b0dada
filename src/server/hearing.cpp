#include "server/hearing.h"

#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"

namespace heartbeat::server {
namespace {

std::string TextOf(const nlohmann::json& prediction, const char* key) {
  return prediction.is_object() ? prediction.value(key, "") : "";
}

}  // namespace

base::Result<nlohmann::json> Hear(const ApiContext& context, const Subject& subject,
                                  FormFile& file) {
  if (file.error) return std::unexpected(*file.error);
  const base::Stopwatch stopwatch;
  const auto bytes = file.content.Bytes();
  if (!bytes) return base::Fail(bytes);
  auto prediction = context.predictor->Predict(*bytes, file.file_name);
  file.content.Unmap();
  if (!prediction) return prediction;
  context.metrics->CountPrediction(TextOf(*prediction, "predicted_class"),
                                   TextOf(*prediction, "verdict"), stopwatch.ElapsedSeconds());
  subject.AddTo(*prediction);
  return prediction;
}

base::Result<void> NeedModel(const ApiContext& context) {
  if (context.predictor->IsLoaded()) return {};
  return base::Fail(base::ErrorCode::kNoModel,
                    "no model is loaded, so nothing can be predicted; start the server with a "
                    "model (its log says why it has none)");
}

}  // namespace heartbeat::server
