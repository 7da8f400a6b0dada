#include "server/history_record.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "server/rfc3339.h"

namespace heartbeat::server {
namespace {

using nlohmann::json;

std::unexpected<base::Error> FailLacking(const std::string& what) {
  return base::Fail(base::ErrorCode::kInternal,
                    "a prediction does not fit into the history: " + what);
}

std::optional<std::string> FindText(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  return found->get<std::string>();
}

// Throws json::exception where something is missing or of another type.
base::Result<store::Prediction> Read(const json& prediction) {
  store::Prediction record;
  record.id = prediction.at("id");
  const auto time = ParseRfc3339(prediction.at("timestamp").get<std::string>());
  const auto predicted_class =
      store::ParsePredictedClass(prediction.at("predicted_class").get<std::string>());
  const auto verdict = store::ParseVerdict(prediction.at("verdict").get<std::string>());
  if (!time || !predicted_class || !verdict) return FailLacking("time, class or verdict");
  record.time = *time;
  record.predicted_class = *predicted_class;
  record.verdict = *verdict;
  record.file_name = prediction.at("file_name");
  record.probability_abnormal = prediction.at("probability_abnormal");
  record.confidence = prediction.at("confidence");
  record.threshold = prediction.at("threshold_used");
  record.processing_time_s = prediction.at("processing_time");
  const auto& recording = prediction.at("recording");
  record.sha256 = recording.at("sha256");
  record.duration_s = recording.at("duration_s");
  const auto& model = prediction.at("model");
  record.model = {
      .name = model.at("name"), .version = model.at("version"), .sha256 = model.at("sha256")};
  record.patient_ref = FindText(prediction, "patient_ref");
  record.location = FindText(prediction, "location");
  if (const auto quality = prediction.find("quality"); quality != prediction.end()) {
    record.quality = store::Quality{.ok = quality->at("ok"), .reasons = quality->at("reasons")};
  }
  return record;
}

}  // namespace

base::Result<store::Prediction> ToRecord(const json& prediction, std::string text) {
  try {
    auto record = Read(prediction);
    if (record) record->answer = std::move(text);
    return record;
  } catch (const json::exception& failure) {
    return FailLacking(failure.what());
  }
}

json EntryJson(const store::Prediction& prediction) {
  json entry = {
      {"id", prediction.id},
      {"timestamp", base::FormatUtc(prediction.time)},
      {"file_name", prediction.file_name},
      {"predicted_class", store::Name(prediction.predicted_class)},
      {"verdict", store::Name(prediction.verdict)},
      {"probability_abnormal", prediction.probability_abnormal},
      // To six digits, as predictions have it.
      {"probability_normal", std::round((1 - prediction.probability_abnormal) * 1e6) / 1e6},
      {"confidence", prediction.confidence},
      {"threshold_used", prediction.threshold},
      {"processing_time", prediction.processing_time_s},
      {"recording", {{"duration_s", prediction.duration_s}, {"sha256", prediction.sha256}}},
      {"model",
       {{"name", prediction.model.name},
        {"version", prediction.model.version},
        {"sha256", prediction.model.sha256}}},
      {"label", nullptr},
  };
  if (prediction.label) entry["label"] = store::Name(*prediction.label);
  if (prediction.patient_ref) entry["patient_ref"] = *prediction.patient_ref;
  if (prediction.location) entry["location"] = *prediction.location;
  if (prediction.quality) {
    entry["quality"] = {{"ok", prediction.quality->ok}, {"reasons", prediction.quality->reasons}};
  }
  return entry;
}

json LabelJson(const store::Label& label) {
  return {{"label", store::Name(label.value)},
          {"comment", label.comment},
          {"by", label.who},
          {"timestamp", base::FormatUtc(label.time)}};
}

base::Result<json> KeptPredictionJson(const store::Prediction& prediction,
                                      std::span<const store::Label> labels) {
  auto answer = json::parse(prediction.answer, nullptr, false);
  if (!answer.is_object()) {
    return base::Fail(base::ErrorCode::kInternal, "the answer that the history kept is no JSON");
  }
  answer["label"] = nullptr;
  if (prediction.label) answer["label"] = store::Name(*prediction.label);
  answer["labels"] = json::array();
  for (const auto& label : labels) answer["labels"].push_back(LabelJson(label));
  return answer;
}

}  // namespace heartbeat::server
