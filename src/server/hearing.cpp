#include "server/hearing.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/clock.h"
#include "server/history.h"
#include "server/history_record.h"
#include "server/json_response.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

std::string TextOf(const nlohmann::json& prediction, const char* key) {
  return prediction.is_object() ? prediction.value(key, "") : "";
}

// Why a prediction that the store refuses cannot be answered. That it does not fit is our mistake.
base::Error Refusal(const base::Error& error, std::string_view request_id) {
  if (error.code != ErrorCode::kInvalidArgument) return NotKept(error, request_id);
  return {.code = ErrorCode::kInternal,
          .message = "the history refuses a prediction: " + error.message};
}

base::Result<nlohmann::json> Predict(const ApiContext& context, const Subject& subject,
                                     std::span<const std::byte> bytes, std::string_view file_name) {
  const base::Stopwatch stopwatch;
  auto prediction = context.predictor->Predict(bytes, file_name);
  if (!prediction) return prediction;
  context.metrics->CountPrediction(TextOf(*prediction, "predicted_class"),
                                   TextOf(*prediction, "verdict"), stopwatch.ElapsedSeconds());
  subject.AddTo(*prediction);
  return prediction;
}

}  // namespace

void Hear(const ApiContext& context, const Subject& subject, std::string_view request_id,
          FormFile& file, HeardCallback done) {
  if (file.error) return done(std::unexpected(*file.error));
  const auto bytes = file.content.Bytes();
  if (!bytes) return done(Fail(bytes));
  const auto prediction = Predict(context, subject, *bytes, file.file_name);
  if (!prediction || context.history == nullptr) file.content.Unmap();
  if (!prediction) return done(Fail(prediction));
  Heard heard{.text = ToText(*prediction),
              .is_abnormal = TextOf(*prediction, "predicted_class") == "abnormal",
              .id = TextOf(*prediction, "id")};
  const auto record = ToRecord(*prediction, heard.text);
  if (context.history == nullptr) {
    if (record) context.events->Publish("prediction", record->id, ToText(EntryJson(*record)));
    return done(std::move(heard));
  }
  if (!record) {
    file.content.Unmap();
    return done(Fail(record));
  }
  context.history->AddPrediction(
      *record, *bytes,
      [&file, id = std::string(request_id), heard = std::move(heard), done = std::move(done),
       // Made here and now: the store's thread has others to write.
       events = context.events, prediction_id = record->id,
       entry = ToText(EntryJson(*record))](base::Result<void> kept) {
        file.content.Unmap();
        if (!kept) return done(std::unexpected(Refusal(kept.error(), id)));
        events->Publish("prediction", prediction_id, entry);
        done(heard);
      });
}

base::Result<void> NeedModel(const ApiContext& context) {
  if (context.predictor->IsLoaded()) return {};
  return Fail(ErrorCode::kNoModel,
              "no model is loaded, so nothing can be predicted; start the server with a model (its "
              "log says why it has none)");
}

}  // namespace heartbeat::server
