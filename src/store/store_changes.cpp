// What Store does to predictions that are there: labels, deletion, retention; models and the trail.
#include <soci/soci.h>

#include <algorithm>
#include <utility>

#include "store/prediction_rows.h"
#include "store/store.h"
#include "store/store_parts.h"
#include "store/text.h"

namespace heartbeat::store {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

// How many predictions retention deletes in one transaction: others' additions wait no longer.
constexpr long long kDeletedTogether = 25;

Result<void> RequireName(std::string_view who) {
  if (!who.empty()) return {};
  return Fail(ErrorCode::kInvalidArgument, "Say who does this: the name must not be empty.");
}

long long ToMs(Time time) { return time.time_since_epoch().count(); }
Time FromMs(long long ms) { return Time(std::chrono::milliseconds(ms)); }

struct Oldest {
  std::vector<std::string> ids;
  std::vector<long long> times_ms;
};

Oldest SelectOldest(soci::session& session) {
  Oldest oldest;
  std::string id;
  long long time_ms = 0;
  soci::statement statement =
      (session.prepare << "SELECT id, time_ms FROM predictions ORDER BY time_ms, id LIMIT :count",
       soci::into(id), soci::into(time_ms), soci::use(kDeletedTogether, "count"));
  statement.execute();
  while (statement.fetch()) {
    oldest.ids.push_back(id);
    oldest.times_ms.push_back(time_ms);
  }
  return oldest;
}

void DeleteOne(soci::session& session, const std::string& id, const std::string& who,
               const std::string& why, std::vector<std::string>& dropped) {
  if (auto recording = DeletePrediction(session, id)) dropped.push_back(std::move(*recording));
  InsertAuditEntry(session, {0, Now(), who, "delete", id, why});
}

// Bit by bit among what others write. A connection of its own would hold SQLite's lock nearly all
// the time, and whoever waits for that only looks at it now and then.
Result<void> ReleaseSpace(Writer& writer, const Backend& backend, const std::stop_token& stop) {
  bool more = true;
  while (more && !stop.stop_requested()) {
    const auto released =
        writer.Run([&](soci::session& session, std::vector<std::string>& /*dropped*/) {
          more = backend.ReleaseSpace(session);
        });
    if (!released) return released;
  }
  return {};
}

}  // namespace

Result<void> Store::AddLabel(const Label& label) {
  if (auto named = RequireName(label.who); !named) return named;
  return parts_->writer->Run([&](soci::session& session, std::vector<std::string>& /*dropped*/) {
    RequirePrediction(session, label.prediction_id);
    const std::string value(Name(label.value));
    const std::string comment = ToValidUtf8(label.comment);
    const std::string who = ToValidUtf8(label.who);
    const long long time_ms = ToMs(label.time);
    session << "INSERT INTO labels (prediction_id, ordinal, value, comment, who, time_ms) "
               "SELECT :id, COALESCE(MAX(ordinal), 0) + 1, :value, :comment, :who, :time_ms "
               "FROM labels WHERE prediction_id = :id",
        soci::use(label.prediction_id, "id"), soci::use(value, "value"),
        soci::use(comment, "comment"), soci::use(who, "who"), soci::use(time_ms, "time_ms");
    session << "UPDATE predictions SET label = :value WHERE id = :id", soci::use(value, "value"),
        soci::use(label.prediction_id, "id");
    InsertAuditEntry(session, {0, label.time, label.who, "label", label.prediction_id, value});
  });
}

Result<std::vector<Label>> Store::Labels(std::string_view prediction_id) const {
  return parts_->Read([&](soci::session& session) {
    const std::string id(prediction_id);
    RequirePrediction(session, id);
    std::vector<Label> labels;
    std::string value;
    Label label;
    long long time_ms = 0;
    soci::statement statement =
        (session.prepare << "SELECT value, comment, who, time_ms FROM labels "
                            "WHERE prediction_id = :id ORDER BY ordinal",
         soci::into(value), soci::into(label.comment), soci::into(label.who), soci::into(time_ms),
         soci::use(id, "id"));
    statement.execute();
    while (statement.fetch()) {
      label.prediction_id = id;
      label.value = ParseLabelValue(value).value_or(LabelValue::kUnsure);
      label.time = FromMs(time_ms);
      labels.push_back(label);
    }
    return labels;
  });
}

Result<void> Store::Delete(std::string_view id, std::string_view who) {
  if (auto named = RequireName(who); !named) return named;
  return parts_->writer->Run([&](soci::session& session, std::vector<std::string>& dropped) {
    DeleteOne(session, std::string(id), std::string(who), "", dropped);
  });
}

Result<std::int64_t> Store::DeleteOlderThan(Time time, std::string_view who,
                                            const std::stop_token& stop) {
  if (auto named = RequireName(who); !named) return Fail(named);
  std::int64_t deleted = 0;
  bool more = true;
  while (more && !stop.stop_requested()) {
    std::int64_t now_deleted = 0;
    const auto written =
        parts_->writer->Run([&](soci::session& session, std::vector<std::string>& dropped) {
          const auto oldest = SelectOldest(session);
          for (std::size_t i = 0; i < oldest.ids.size() && oldest.times_ms[i] < ToMs(time); ++i) {
            DeleteOne(session, oldest.ids[i], std::string(who), "older than is kept", dropped);
            ++now_deleted;
          }
        });
    if (!written) return Fail(written);
    deleted += now_deleted;
    more = now_deleted == kDeletedTogether;
  }
  if (deleted == 0) return deleted;
  const auto released = ReleaseSpace(*parts_->writer, *parts_->backend, stop);
  if (!released) return Fail(released);
  const auto settled =
      parts_->Read([&](soci::session& session) { parts_->backend->Settle(session); });
  if (!settled) return Fail(settled);
  return deleted;
}

Result<std::int64_t> Store::ShrinkTo(std::int64_t bytes, std::string_view who,
                                     const std::stop_token& stop) {
  if (auto named = RequireName(who); !named) return Fail(named);
  std::int64_t deleted = 0;
  while (!stop.stop_requested()) {
    const auto counts = Count();
    if (!counts) return Fail(counts);
    const std::int64_t surplus = counts->recordings_bytes + counts->database_bytes - bytes;
    if (surplus <= 0 || counts->predictions == 0) break;
    // What a prediction takes in the database, roughly: once that much is gone all is counted
    // again.
    const std::int64_t row_bytes = counts->database_bytes / counts->predictions;
    std::int64_t freed = 0;
    std::int64_t round_deleted = 0;
    bool more = true;
    while (more && freed < surplus && !stop.stop_requested()) {
      std::int64_t now_freed = 0;
      std::int64_t now_deleted = 0;
      const auto written =
          parts_->writer->Run([&](soci::session& session, std::vector<std::string>& dropped) {
            for (const auto& id : SelectOldest(session).ids) {
              if (freed + now_freed >= surplus) break;
              long long size = 0;
              session << "SELECT r.size_bytes FROM recordings r JOIN predictions p "
                         "ON p.sha256 = r.sha256 WHERE p.id = :id",
                  soci::into(size), soci::use(id, "id");
              const std::size_t before = dropped.size();
              DeleteOne(session, id, std::string(who), "over the size that is kept", dropped);
              now_freed += row_bytes + (dropped.size() > before ? size : 0);
              ++now_deleted;
            }
          });
      if (!written) return Fail(written);
      freed += now_freed;
      round_deleted += now_deleted;
      more = now_deleted > 0;
    }
    if (round_deleted == 0) break;
    deleted += round_deleted;
  }
  if (deleted == 0) return deleted;
  const auto released = ReleaseSpace(*parts_->writer, *parts_->backend, stop);
  if (!released) return Fail(released);
  const auto settled =
      parts_->Read([&](soci::session& session) { parts_->backend->Settle(session); });
  if (!settled) return Fail(settled);
  return deleted;
}

Result<void> Store::AddModel(const ModelVersion& version, std::string_view who) {
  if (auto named = RequireName(who); !named) return named;
  if (!IsSha256(version.model.sha256)) {
    return Fail(ErrorCode::kInvalidArgument, "A model's sha256 is 64 hexadecimal digits.");
  }
  return parts_->writer->Run([&](soci::session& session, std::vector<std::string>& /*dropped*/) {
    const std::string name = ToValidUtf8(version.model.name);
    const std::string number = ToValidUtf8(version.model.version);
    const std::string source = ToValidUtf8(version.source);
    const long long added_ms = ToMs(version.added);
    long long known = 0;
    session << "SELECT COUNT(*) FROM models WHERE sha256 = :sha256", soci::into(known),
        soci::use(version.model.sha256, "sha256");
    if (known > 0) return;
    session << "INSERT INTO models (sha256, name, version, source, added_ms) "
               "VALUES (:sha256, :name, :version, :source, :added_ms)",
        soci::use(version.model.sha256, "sha256"), soci::use(name, "name"),
        soci::use(number, "version"), soci::use(source, "source"), soci::use(added_ms, "added_ms");
    InsertAuditEntry(session, {0, version.added, std::string(who), "model-add",
                               version.model.sha256, name + " " + number});
  });
}

Result<std::vector<ModelVersion>> Store::Models() const {
  return parts_->Read([&](soci::session& session) {
    std::vector<ModelVersion> models;
    ModelVersion version;
    long long added_ms = 0;
    long long promoted_ms = 0;
    soci::indicator is_promoted = soci::i_null;
    soci::statement statement =
        (session.prepare
             << "SELECT sha256, name, version, source, added_ms, promoted_ms FROM models "
                "ORDER BY added_ms DESC, sha256 DESC",
         soci::into(version.model.sha256), soci::into(version.model.name),
         soci::into(version.model.version), soci::into(version.source), soci::into(added_ms),
         soci::into(promoted_ms, is_promoted));
    statement.execute();
    while (statement.fetch()) {
      version.added = FromMs(added_ms);
      version.promoted.reset();
      if (is_promoted == soci::i_ok) version.promoted = FromMs(promoted_ms);
      models.push_back(version);
    }
    return models;
  });
}

Result<void> Store::PromoteModel(std::string_view sha256, Time time, std::string_view who) {
  if (auto named = RequireName(who); !named) return named;
  return parts_->writer->Run([&](soci::session& session, std::vector<std::string>& /*dropped*/) {
    const std::string wanted(sha256);
    const long long time_ms = ToMs(time);
    long long known = 0;
    session << "SELECT COUNT(*) FROM models WHERE sha256 = :sha256", soci::into(known),
        soci::use(wanted, "sha256");
    if (known == 0) {
      throw Refused(ErrorCode::kNotFound, "This installation has no such model; add it first.");
    }
    long long last_ms = 0;
    session << "SELECT COALESCE(MAX(promoted_ms), -1) FROM models WHERE sha256 <> :sha256",
        soci::into(last_ms), soci::use(wanted, "sha256");
    // The last promotion counts, and it is the one that is made last: also where the clock was set
    // back since the one before.
    const long long order_ms = std::max(time_ms, last_ms + 1);
    session << "UPDATE models SET promoted_ms = :time_ms WHERE sha256 = :sha256",
        soci::use(order_ms, "time_ms"), soci::use(wanted, "sha256");
    InsertAuditEntry(session, {0, time, std::string(who), "promote", wanted, ""});
  });
}

Result<void> Store::AddAuditEntry(const AuditEntry& entry) {
  if (auto named = RequireName(entry.who); !named) return named;
  if (entry.action.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "A line of the audit trail says what was done.");
  }
  return parts_->writer->Run([&](soci::session& session, std::vector<std::string>& /*dropped*/) {
    InsertAuditEntry(session, entry);
  });
}

Result<std::vector<AuditEntry>> Store::AuditTrail(int limit, std::int64_t before_sequence) const {
  if (limit < 1 || limit > 1000) {
    return Fail(ErrorCode::kInvalidArgument, "The audit trail is read 1 to 1000 lines at a time.");
  }
  return parts_->Read([&](soci::session& session) {
    std::vector<AuditEntry> entries;
    AuditEntry entry;
    long long sequence = 0;
    long long time_ms = 0;
    const long long before = before_sequence;
    soci::statement statement =
        (session.prepare
             << "SELECT sequence, time_ms, who, action, subject, detail FROM audit_trail "
                "WHERE sequence < :before ORDER BY sequence DESC LIMIT :count",
         soci::into(sequence), soci::into(time_ms), soci::into(entry.who), soci::into(entry.action),
         soci::into(entry.subject), soci::into(entry.detail), soci::use(before, "before"),
         soci::use(limit, "count"));
    statement.execute();
    while (statement.fetch()) {
      entry.sequence = sequence;
      entry.time = FromMs(time_ms);
      entries.push_back(entry);
    }
    return entries;
  });
}

}  // namespace heartbeat::store
