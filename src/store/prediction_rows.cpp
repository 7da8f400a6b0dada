#include "store/prediction_rows.h"

#include <soci/soci.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ranges>

#include "store/backend.h"
#include "store/text.h"

namespace heartbeat::store {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr long long kDayMs = 86'400'000;

bool IsProbability(double value) { return value >= 0 && value <= 1; }
bool IsDuration(double value) { return value >= 0 && std::isfinite(value); }

// What is absent is NULL.
struct OptionalText {
  explicit OptionalText(const std::optional<std::string>& value)
      : text(value ? ToValidUtf8(*value) : ""), indicator(value ? soci::i_ok : soci::i_null) {}
  std::string text;
  soci::indicator indicator;
};

// A row of `predictions` as it lies in the database.
struct Row {
  std::string id;
  long long time_ms = 0;
  std::string file_name;
  std::string sha256;
  std::string predicted_class;
  std::string verdict;
  std::string label;
  double probability_abnormal = 0;
  double confidence = 0;
  double threshold = 0;
  double duration_s = 0;
  double processing_time_s = 0;
  ModelIdentity model;
  std::string patient_ref;
  soci::indicator has_patient_ref = soci::i_null;
  std::string location;
  soci::indicator has_location = soci::i_null;
  int quality_ok = 0;
  soci::indicator has_quality = soci::i_null;
  std::string quality_reasons;
  std::string answer;
};

constexpr std::string_view kColumns =
    "id, time_ms, file_name, sha256, predicted_class, verdict, label, probability_abnormal, "
    "confidence, threshold, duration_s, processing_time_s, model_name, model_version, "
    "model_sha256, "
    "patient_ref, location, quality_ok, quality_reasons, ";

// In the order of kColumns, and then the answer.
void BindColumns(soci::statement& statement, Row& row) {
  using soci::into;
  statement.exchange(into(row.id));
  statement.exchange(into(row.time_ms));
  statement.exchange(into(row.file_name));
  statement.exchange(into(row.sha256));
  statement.exchange(into(row.predicted_class));
  statement.exchange(into(row.verdict));
  statement.exchange(into(row.label));
  statement.exchange(into(row.probability_abnormal));
  statement.exchange(into(row.confidence));
  statement.exchange(into(row.threshold));
  statement.exchange(into(row.duration_s));
  statement.exchange(into(row.processing_time_s));
  statement.exchange(into(row.model.name));
  statement.exchange(into(row.model.version));
  statement.exchange(into(row.model.sha256));
  statement.exchange(into(row.patient_ref, row.has_patient_ref));
  statement.exchange(into(row.location, row.has_location));
  statement.exchange(into(row.quality_ok, row.has_quality));
  statement.exchange(into(row.quality_reasons));
  statement.exchange(into(row.answer));
}

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> lines;
  if (text.empty()) return lines;
  for (const auto line : text | std::views::split('\n')) {
    lines.emplace_back(line.begin(), line.end());
  }
  return lines;
}

Prediction ToPrediction(const Row& row) {
  Prediction prediction;
  prediction.id = row.id;
  prediction.time = Time(std::chrono::milliseconds(row.time_ms));
  prediction.file_name = row.file_name;
  prediction.sha256 = row.sha256;
  const auto predicted_class = ParsePredictedClass(row.predicted_class);
  const auto verdict = ParseVerdict(row.verdict);
  // The schema's checks let nothing else in: the file was changed by other hands.
  if (!predicted_class || !verdict) {
    throw Refused(ErrorCode::kIo, "The history's file is damaged. Restore a backup.");
  }
  prediction.predicted_class = *predicted_class;
  prediction.verdict = *verdict;
  prediction.label = ParseLabelValue(row.label);
  prediction.probability_abnormal = row.probability_abnormal;
  prediction.confidence = row.confidence;
  prediction.threshold = row.threshold;
  prediction.duration_s = row.duration_s;
  prediction.processing_time_s = row.processing_time_s;
  prediction.model = row.model;
  if (row.has_patient_ref == soci::i_ok) prediction.patient_ref = row.patient_ref;
  if (row.has_location == soci::i_ok) prediction.location = row.location;
  if (row.has_quality == soci::i_ok) {
    prediction.quality = Quality{row.quality_ok != 0, SplitLines(row.quality_reasons)};
  }
  prediction.answer = row.answer;
  return prediction;
}

bool HasRow(soci::session& session, const std::string& id) {
  long long count = 0;
  session << "SELECT COUNT(*) FROM predictions WHERE id = :id", soci::into(count),
      soci::use(id, "id");
  return count > 0;
}

Refused NoPrediction() {
  return {ErrorCode::kNotFound, "The history has no prediction with this id."};
}

}  // namespace

Result<void> Check(const Prediction& prediction) {
  const auto refuse = [](std::string_view what) {
    return Fail(ErrorCode::kInvalidArgument,
                "The prediction cannot be kept: " + std::string(what) + ".");
  };
  if (!IsId(prediction.id)) return refuse("its id is not one of HeartBeat AI's");
  if (!IsSha256(prediction.sha256)) return refuse("its sha256 is not 64 hexadecimal digits");
  if (prediction.time < Time()) return refuse("its time is before 1970");
  if (!IsProbability(prediction.probability_abnormal) || !IsProbability(prediction.confidence) ||
      !IsProbability(prediction.threshold)) {
    return refuse("a probability is not between 0 and 1");
  }
  if (!IsDuration(prediction.duration_s) || !IsDuration(prediction.processing_time_s)) {
    return refuse("a duration is negative or not finite");
  }
  if (prediction.answer.empty() || ToValidUtf8(prediction.answer) != prediction.answer) {
    return refuse("its answer is empty or not UTF-8");
  }
  if (prediction.patient_ref == "" || prediction.location == "") {
    return refuse("an empty patient_ref or location must be left out");
  }
  if (prediction.quality) {
    for (const auto& reason : prediction.quality->reasons) {
      if (reason.empty() || reason.contains('\n'))
        return refuse("a quality reason is not one line");
    }
  }
  return {};
}

void InsertPrediction(soci::session& session, const Prediction& prediction,
                      std::size_t recording_bytes) {
  using soci::use;
  if (HasRow(session, prediction.id)) {
    throw Refused(ErrorCode::kInvalidArgument,
                  "The history has a prediction with this id already; each needs a new one.");
  }
  const auto size_bytes = static_cast<long long>(recording_bytes);
  const long long now_ms = Now().time_since_epoch().count();
  session << "INSERT INTO recordings (sha256, size_bytes, added_ms) "
             "VALUES (:sha256, :size_bytes, :now_ms) ON CONFLICT DO NOTHING",
      use(prediction.sha256, "sha256"), use(size_bytes, "size_bytes"), use(now_ms, "now_ms");

  const long long time_ms = prediction.time.time_since_epoch().count();
  const long long day = time_ms / kDayMs;
  const std::string file_name = ToValidUtf8(prediction.file_name);
  const std::string name_key = LowerAscii(file_name);
  const std::string predicted_class(Name(prediction.predicted_class));
  const std::string verdict(Name(prediction.verdict));
  const std::string model_name = ToValidUtf8(prediction.model.name);
  const std::string model_version = ToValidUtf8(prediction.model.version);
  const std::string model_sha256 = ToValidUtf8(prediction.model.sha256);
  OptionalText patient_ref(prediction.patient_ref);
  OptionalText location(prediction.location);
  const int quality_ok = prediction.quality && prediction.quality->ok ? 1 : 0;
  soci::indicator has_quality = prediction.quality ? soci::i_ok : soci::i_null;
  std::string reasons;
  if (prediction.quality) {
    for (const auto& reason : prediction.quality->reasons) {
      if (!reasons.empty()) reasons += '\n';
      reasons += ToValidUtf8(reason);
    }
  }
  session << "INSERT INTO predictions (id, time_ms, day, file_name, name_key, sha256, "
             "predicted_class, verdict, label, probability_abnormal, confidence, threshold, "
             "duration_s, processing_time_s, model_name, model_version, model_sha256, patient_ref, "
             "location, quality_ok, quality_reasons, answer) "
             "VALUES (:id, :time_ms, :day, :file_name, :name_key, :sha256, :predicted_class, "
             ":verdict, '', :probability_abnormal, :confidence, :threshold, :duration_s, "
             ":processing_time_s, :model_name, :model_version, :model_sha256, :patient_ref, "
             ":location, :quality_ok, :quality_reasons, :answer)",
      use(prediction.id, "id"), use(time_ms, "time_ms"), use(day, "day"),
      use(file_name, "file_name"), use(name_key, "name_key"), use(prediction.sha256, "sha256"),
      use(predicted_class, "predicted_class"), use(verdict, "verdict"),
      use(prediction.probability_abnormal, "probability_abnormal"),
      use(prediction.confidence, "confidence"), use(prediction.threshold, "threshold"),
      use(prediction.duration_s, "duration_s"),
      use(prediction.processing_time_s, "processing_time_s"), use(model_name, "model_name"),
      use(model_version, "model_version"), use(model_sha256, "model_sha256"),
      use(patient_ref.text, patient_ref.indicator, "patient_ref"),
      use(location.text, location.indicator, "location"),
      use(quality_ok, has_quality, "quality_ok"), use(reasons, "quality_reasons"),
      use(prediction.answer, "answer");
}

std::vector<Prediction> SelectPredictions(soci::session& session, std::span<const std::string> ids,
                                          bool with_answers) {
  Row row;
  std::string wanted;
  soci::statement statement(session);
  statement.exchange(soci::use(wanted, "wanted"));
  BindColumns(statement, row);
  statement.alloc();
  statement.prepare("SELECT " + std::string(kColumns) + (with_answers ? "answer" : "''") +
                    " FROM predictions WHERE id = :wanted");
  statement.define_and_bind();
  std::vector<Prediction> predictions;
  predictions.reserve(ids.size());
  for (const auto& id : ids) {
    wanted = id;
    if (statement.execute(true)) predictions.push_back(ToPrediction(row));
  }
  return predictions;
}

void RequirePrediction(soci::session& session, std::string_view id) {
  if (!HasRow(session, std::string(id))) throw NoPrediction();
}

std::optional<std::string> DeletePrediction(soci::session& session, std::string_view id) {
  const std::string wanted(id);
  std::string sha256;
  session << "SELECT sha256 FROM predictions WHERE id = :id", soci::into(sha256),
      soci::use(wanted, "id");
  if (!session.got_data()) throw NoPrediction();
  session << "DELETE FROM predictions WHERE id = :id", soci::use(wanted, "id");
  long long others = 0;
  session
      << "SELECT COUNT(*) FROM (SELECT 1 FROM predictions WHERE sha256 = :sha256 LIMIT 1) AS one",
      soci::into(others), soci::use(sha256, "sha256");
  if (others > 0) return std::nullopt;
  session << "DELETE FROM recordings WHERE sha256 = :sha256", soci::use(sha256, "sha256");
  return sha256;
}

void InsertAuditEntry(soci::session& session, const AuditEntry& entry) {
  const long long time_ms = entry.time.time_since_epoch().count();
  const std::string who = ToValidUtf8(entry.who);
  const std::string action = ToValidUtf8(entry.action);
  const std::string subject = ToValidUtf8(entry.subject);
  const std::string detail = ToValidUtf8(entry.detail);
  session << "INSERT INTO audit_trail (sequence, time_ms, who, action, subject, detail) "
             "SELECT COALESCE(MAX(sequence), 0) + 1, :time_ms, :who, :action, :subject, :detail "
             "FROM audit_trail",
      soci::use(time_ms, "time_ms"), soci::use(who, "who"), soci::use(action, "action"),
      soci::use(subject, "subject"), soci::use(detail, "detail");
}

}  // namespace heartbeat::store
