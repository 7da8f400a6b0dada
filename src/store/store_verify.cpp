// Store::Verify and RemoveOrphans.
#include <soci/soci.h>

#include <utility>

#include "base/digest.h"
#include "store/store.h"
#include "store/store_parts.h"

namespace heartbeat::store {
namespace {

using base::Fail;
using base::Result;

struct RecordingRow {
  std::string sha256;
  std::uint64_t size_bytes = 0;
  bool wanted = false;  // a prediction refers to it
};

// At most 500 of those behind `after`: no transaction stays open while files are read.
std::vector<RecordingRow> SelectRecordings(soci::session& session, const std::string& after) {
  std::vector<RecordingRow> rows;
  std::string sha256;
  long long size_bytes = 0;
  long long wanted = 0;
  soci::statement statement =
      (session.prepare
           << "SELECT sha256, size_bytes, (SELECT COUNT(*) FROM (SELECT 1 FROM predictions "
              "p WHERE p.sha256 = r.sha256 LIMIT 1) AS one) FROM recordings r "
              "WHERE sha256 > :after ORDER BY sha256 LIMIT 500",
       soci::into(sha256), soci::into(size_bytes), soci::into(wanted), soci::use(after, "after"));
  statement.execute();
  while (statement.fetch()) {
    rows.push_back({sha256, static_cast<std::uint64_t>(size_bytes), wanted > 0});
  }
  return rows;
}

bool HasRecording(soci::session& session, std::string_view sha256) {
  const std::string wanted(sha256);
  long long count = 0;
  session << "SELECT COUNT(*) FROM recordings WHERE sha256 = :sha256", soci::into(count),
      soci::use(wanted, "sha256");
  return count > 0;
}

void Note(VerifyReport& report, Damage damage, std::string what) {
  ++report.findings_total;
  if (report.findings.size() < VerifyReport::kMaxFindings) {
    report.findings.push_back({damage, std::move(what)});
  }
}

}  // namespace

Result<VerifyReport> Store::Verify(const VerifyOptions& options) const {
  VerifyReport report;
  const auto sound = parts_->Read([&](soci::session& session) {
    for (auto& line : parts_->backend->CheckIntegrity(session)) {
      Note(report, Damage::kDatabase, std::move(line));
    }
  });
  if (!sound) return Fail(sound);
  // Of a database that cannot be read there is no more to say.
  if (report.findings_total > 0) return report;

  const auto still_there = [&](const std::string& sha256) {
    return parts_->Read([&](soci::session& session) { return HasRecording(session, sha256); });
  };
  std::string after;
  while (true) {
    const auto rows =
        parts_->Read([&](soci::session& session) { return SelectRecordings(session, after); });
    if (!rows) return Fail(rows);
    if (rows->empty()) break;
    after = rows->back().sha256;
    for (const auto& row : *rows) {
      ++report.recordings;
      if (!row.wanted) Note(report, Damage::kOrphanedRow, row.sha256);
      std::uint64_t size_bytes = 0;
      const std::uint64_t length = options.read_recordings ? UINT64_MAX : 0;
      const auto bytes = parts_->files.Read(row.sha256, 0, length, size_bytes);
      if (!bytes && bytes.error().code == base::ErrorCode::kNotFound) {
        // Perhaps it was deleted since its row was read.
        const auto there = still_there(row.sha256);
        if (!there) return Fail(there);
        if (*there) Note(report, Damage::kMissingRecording, row.sha256);
      } else if (!bytes || size_bytes != row.size_bytes ||
                 (options.read_recordings && base::Sha256Hex(*bytes) != row.sha256)) {
        Note(report, Damage::kAlteredRecording, row.sha256);
      }
    }
  }

  const auto walked =
      parts_->files.ForEach([&](std::string_view sha256, std::chrono::seconds age) -> Result<void> {
        if (age.count() < options.in_flight_s) return {};
        const auto there = still_there(std::string(sha256));
        if (!there) return Fail(there);
        if (!*there) Note(report, Damage::kOrphanedRecording, std::string(sha256));
        return {};
      });
  if (!walked) return Fail(walked);
  const auto counts = Count();
  if (!counts) return Fail(counts);
  report.predictions = counts->predictions;
  return report;
}

Result<std::int64_t> Store::RemoveOrphans(const std::stop_token& stop) {
  std::int64_t removed = 0;
  std::vector<std::string> orphans;
  const auto remove = [&]() -> Result<void> {
    const auto gone = parts_->Read([&](soci::session& session) {
      const auto count = Writer::RemoveFiles(*parts_->backend, session, parts_->files, orphans);
      if (!count) throw Refused(count.error());
      return *count;
    });
    if (!gone) return Fail(gone);
    removed += *gone;
    orphans.clear();
    return {};
  };
  const auto walked = parts_->files.ForEach(
      [&](std::string_view sha256, std::chrono::seconds /*age*/) -> Result<void> {
        if (stop.stop_requested()) return Fail(base::ErrorCode::kCancelled, "");
        const auto wanted =
            parts_->Read([&](soci::session& session) { return HasRecording(session, sha256); });
        if (!wanted) return Fail(wanted);
        if (!*wanted) orphans.emplace_back(sha256);
        return orphans.size() < 100 ? Result<void>() : remove();
      });
  if (!walked && stop.stop_requested()) return removed;
  if (!walked) return Fail(walked);
  if (!orphans.empty()) {
    if (auto rest = remove(); !rest) return Fail(rest);
  }
  return removed;
}

}  // namespace heartbeat::store
