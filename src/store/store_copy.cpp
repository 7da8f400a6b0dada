// Store::Backup and Restore: both copy one moment of a history into another folder.
#include <fcntl.h>
#include <soci/soci.h>
#include <sys/stat.h>

#include <system_error>
#include <utility>

#include "store/file_io.h"
#include "store/migrations.h"
#include "store/sqlite_backend.h"
#include "store/store.h"
#include "store/store_parts.h"

namespace heartbeat::store {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr int kCopyBusyTimeoutS = 60;

bool HasRecording(soci::session& session, const std::string& sha256) {
  long long count = 0;
  session << "SELECT COUNT(*) FROM recordings WHERE sha256 = :sha256", soci::into(count),
      soci::use(sha256, "sha256");
  return count > 0;
}

Result<fs::path> MakeTarget(const fs::path& folder) {
  std::error_code error;
  fs::path target = fs::absolute(folder, error);
  if (error) return WriteFailure(error.value());
  if (!target.has_filename()) target = target.parent_path();
  // Those that SQLite keeps beside a database would be taken for parts of the new one.
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    if (!fs::exists(target / (std::string(kDatabaseName) + suffix), error)) continue;
    return Fail(ErrorCode::kInvalidArgument,
                "The folder holds a history already. Choose one that is empty or not there yet.");
  }
  fs::create_directories(target.parent_path(), error);
  if (error) return WriteFailure(error.value());
  if (::mkdir(target.c_str(), 0700) != 0 && errno != EEXIST) return WriteFailure();
  return target;
}

// Links the recordings that the copy `copied` names, and takes out of it what was deleted from
// `source` since.
CopyReport LinkRecordings(soci::session& source, const RecordingFiles& source_files,
                          soci::session& copied, const RecordingFiles& target_files) {
  CopyReport report;
  std::vector<std::string> deleted;
  {
    std::string sha256;
    long long size_bytes = 0;
    soci::statement statement = (copied.prepare << "SELECT sha256, size_bytes FROM recordings",
                                 soci::into(sha256), soci::into(size_bytes));
    statement.execute();
    while (statement.fetch()) {
      const auto linked = source_files.LinkTo(target_files, sha256);
      if (linked) {
        ++report.recordings;
        report.recordings_bytes += size_bytes;
      } else if (linked.error().code != ErrorCode::kNotFound) {
        throw Refused(linked.error());
      } else if (HasRecording(source, sha256)) {
        report.missing_recordings.push_back(sha256);
      } else {
        deleted.push_back(sha256);
      }
    }
  }
  for (const auto& sha256 : deleted) {
    copied << "DELETE FROM predictions WHERE sha256 = :sha256", soci::use(sha256, "sha256");
    copied << "DELETE FROM recordings WHERE sha256 = :sha256", soci::use(sha256, "sha256");
  }
  long long predictions = 0;
  copied << "SELECT COUNT(*) FROM predictions", soci::into(predictions);
  report.predictions = predictions;
  return report;
}

Result<CopyReport> Copy(const Backend& backend, soci::session& source,
                        const RecordingFiles& source_files, const fs::path& folder) {
  const auto target = MakeTarget(folder);
  if (!target) return Fail(target);
  const RecordingFiles target_files(*target / "recordings");
  if (auto prepared = target_files.Prepare(); !prepared) return Fail(prepared);

  // Under another name until all is there: a folder that holds a history holds a whole one.
  const fs::path partial = *target / (std::string(kDatabaseName) + ".partial");
  std::error_code error;
  fs::remove(partial, error);
  const SqliteBackend copy_backend(partial, kCopyBusyTimeoutS, SqliteBackend::Journal::kDelete);
  if (auto prepared = copy_backend.Prepare(); !prepared) return Fail(prepared);
  auto report = Guard(backend, [&] {
    backend.CopyInto(source, partial);
    const auto copied = copy_backend.Connect();
    return LinkRecordings(source, source_files, *copied, target_files);
  });
  if (report) {
    auto synced = SyncFile(partial);
    if (synced) synced = target_files.SyncFolders();
    if (synced) {
      fs::rename(partial, *target / kDatabaseName, error);
      synced = error ? Result<void>(WriteFailure(error.value())) : SyncFolder(*target);
    }
    if (!synced) report = Fail(synced);
  }
  if (!report) fs::remove(partial, error);
  return report;
}

}  // namespace

Result<CopyReport> Store::Backup(const fs::path& folder) const {
  auto report = parts_->Read([&](soci::session& session) {
    return Copy(*parts_->backend, session, parts_->files, folder);
  });
  if (!report) return Fail(report);
  return std::move(*report);
}

Result<CopyReport> Store::Restore(const fs::path& backup, const fs::path& data_dir) {
  std::error_code error;
  const fs::path from = fs::absolute(backup, error);
  if (error || !fs::exists(from / kDatabaseName, error)) {
    return Fail(ErrorCode::kNotFound,
                "There is no backup in this folder: heartbeat.db is missing.");
  }
  // Read as it is: a backup may lie where nobody can write.
  const SqliteBackend backend(from / kDatabaseName, kCopyBusyTimeoutS,
                              SqliteBackend::Journal::kDelete);
  auto report = Guard(backend, [&] {
    const auto session = backend.Connect();
    // A file that this program cannot use must not become its history.
    const auto findings = backend.CheckIntegrity(*session);
    if (!findings.empty()) {
      throw Refused(ErrorCode::kIo, "The backup is damaged. Restore another one.");
    }
    RequireKnownSchema(*session, MigrationsOf(backend.Name(), MigrationFiles()));
    return Copy(backend, *session, RecordingFiles(from / "recordings"), data_dir);
  });
  if (!report) return Fail(report);
  return std::move(*report);
}

}  // namespace heartbeat::store
