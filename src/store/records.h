#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heartbeat::store {

// UTC, from 1970 on; the history keeps milliseconds.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;
[[nodiscard]] Time Now();

enum class PredictedClass { kNormal, kAbnormal };
enum class Verdict { kNormal, kAbnormal, kUncertain, kPoorQuality };
enum class LabelValue { kNormal, kAbnormal, kUnsure };

// As in the API: "normal", "abnormal", "uncertain", "poor_quality", "unsure".
[[nodiscard]] std::string_view Name(PredictedClass value);
[[nodiscard]] std::string_view Name(Verdict value);
[[nodiscard]] std::string_view Name(LabelValue value);
// The inverse of Name; nothing for any other text.
[[nodiscard]] std::optional<PredictedClass> ParsePredictedClass(std::string_view name);
[[nodiscard]] std::optional<Verdict> ParseVerdict(std::string_view name);
[[nodiscard]] std::optional<LabelValue> ParseLabelValue(std::string_view name);

struct ModelIdentity {
  std::string name;
  std::string version;
  std::string sha256;  // of the model's file
  bool operator==(const ModelIdentity&) const = default;
};

struct Quality {
  bool ok = true;
  std::vector<std::string> reasons;  // one line each
  bool operator==(const Quality&) const = default;
};

// One answered recording. Texts are UTF-8: what is not becomes U+FFFD when it is kept, as in the
// answer.
struct Prediction {
  std::string id;  // base::NewId
  Time time;
  std::string file_name;  // as the caller gave it: data, never a path
  std::string sha256;     // of the recording's bytes: 64 lower-case hexadecimal digits
  PredictedClass predicted_class = PredictedClass::kNormal;
  Verdict verdict = Verdict::kNormal;
  double probability_abnormal = 0;  // 0..1
  double confidence = 0;            // 0..1
  double threshold = 0;             // 0..1
  double duration_s = 0;            // from 0
  double processing_time_s = 0;     // from 0
  ModelIdentity model;
  std::optional<std::string> patient_ref;  // absent or not empty
  std::optional<std::string> location;     // absent or not empty
  std::optional<Quality> quality;          // absent while there is no quality gate
  std::string answer;  // the JSON, byte for byte as it was sent; List may leave it out
  // The newest label. Said by the store: ignored when a prediction is added.
  std::optional<LabelValue> label;
};

// What a clinician said of a prediction: the same as predicted_class confirms it, the other one
// corrects it. All labels are kept; the newest counts.
struct Label {
  std::string prediction_id;
  LabelValue value = LabelValue::kUnsure;
  std::string comment;
  std::string who;  // a typed name; never empty
  Time time;
};

// A model that this installation knows.
struct ModelVersion {
  ModelIdentity model;  // sha256 is what tells versions apart
  std::string source;   // where it came from: a path, or words
  Time added;
  std::optional<Time> promoted;  // when it last began to serve; absent: never
};

// One line of the trail, which can be added to and never changed.
struct AuditEntry {
  std::int64_t sequence = 0;  // 1, 2, 3…: said by the store
  Time time;
  std::string who;      // never empty
  std::string action;   // "delete", "label", "model-add", "promote", or a caller's own
  std::string subject;  // the id or SHA-256 of what it was done to; may be empty
  std::string detail;   // never a file name or a patient reference: the trail outlives deletion
};

}  // namespace heartbeat::store
