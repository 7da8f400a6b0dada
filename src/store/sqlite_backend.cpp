#include "store/sqlite_backend.h"

#include <fcntl.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "base/descriptor.h"
#include "base/log.h"
#include "store/file_io.h"

namespace heartbeat::store {
namespace {

using base::Error;
using base::ErrorCode;

long long ReadNumber(soci::session& session, const std::string& query) {
  long long value = 0;
  session << query, soci::into(value);
  return value;
}

// The primary result code (sqlite.org/rescode.html); SQLITE_OK for what is not SQLite's.
int CodeOf(const std::exception& failure) {
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&failure);
  return sqlite == nullptr ? SQLITE_OK : sqlite->result() & 0xFF;
}

// Changing to WAL needs the file alone for a moment, and SQLite does not wait for that itself.
void EnterWal(soci::session& session, int busy_timeout_s) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(busy_timeout_s);
  while (true) {
    try {
      std::string mode;
      session << "PRAGMA journal_mode = WAL", soci::into(mode);
      if (mode != "wal") {
        throw Refused(ErrorCode::kIo,
                      "The file system of the data folder cannot hold a history that is read while "
                      "it is written (no shared memory). Choose a local disk.");
      }
      return;
    } catch (const soci::sqlite3_soci_error& failure) {
      if (CodeOf(failure) != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

SqliteBackend::SqliteBackend(std::filesystem::path file, int busy_timeout_s, Journal journal)
    : file_(std::move(file)), busy_timeout_s_(busy_timeout_s), journal_(journal) {}

base::Result<void> SqliteBackend::Prepare() const {
  // SOCI's connection string has no escape for it.
  if (file_.string().find('"') != std::string::npos) {
    return base::Fail(ErrorCode::kInvalidArgument,
                      "The path of the data folder has a quotation mark in it; choose another.");
  }
  const base::Descriptor file(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file) return WriteFailure();
  struct stat status{};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return WriteFailure(EIO);
  return SyncFolder(file_.parent_path());
}

std::unique_ptr<soci::session> SqliteBackend::Connect() const {
  auto session = std::make_unique<soci::session>(
      soci::sqlite3,
      "dbname=\"" + file_.string() + "\" timeout=" + std::to_string(busy_timeout_s_));
  // Before the first table: space of deleted rows can then be given back (ReleaseSpace). Later on
  // it changes nothing, but waits for whoever writes.
  if (ReadNumber(*session, "PRAGMA page_count") == 0) {
    *session << "PRAGMA auto_vacuum = INCREMENTAL";
  }
  if (journal_ == Journal::kWal) EnterWal(*session, busy_timeout_s_);
  *session << "PRAGMA synchronous = FULL";
  *session << "PRAGMA foreign_keys = ON";
  // What was deleted is patients' data: its bytes are overwritten.
  long long ignored = 0;
  *session << "PRAGMA secure_delete = ON", soci::into(ignored);
  *session << "PRAGMA journal_size_limit = 67108864", soci::into(ignored);
  *session << "PRAGMA cache_size = -16384";
  return session;
}

void SqliteBackend::BeginWrite(soci::session& session) const { session << "BEGIN IMMEDIATE"; }

void SqliteBackend::RunScript(soci::session& session, std::string_view script) const {
  // SOCI prepares the first statement of a text and passes over the others.
  // Its type's description is not exported, hence no dynamic_cast; Connect makes no other kind.
  auto* backend = static_cast<soci::sqlite3_session_backend*>(session.get_backend());
  const std::string text(script);
  const int code =
      sqlite_api::sqlite3_exec(backend->conn_, text.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw soci::sqlite3_soci_error("a script failed", code);
}

std::int64_t SqliteBackend::UsedBytes(soci::session& session) const {
  return (ReadNumber(session, "PRAGMA page_count") - ReadNumber(session, "PRAGMA freelist_count")) *
         ReadNumber(session, "PRAGMA page_size");
}

bool SqliteBackend::ReleaseSpace(soci::session& session) const {
  const long long before = ReadNumber(session, "PRAGMA freelist_count");
  RunScript(session, "PRAGMA incremental_vacuum(64)");
  const long long left = ReadNumber(session, "PRAGMA freelist_count");
  return left > 0 && left < before;
}

void SqliteBackend::Settle(soci::session& session) const {
  // Until all readers have moved on this keeps others from writing: better a longer -wal than that.
  RunScript(session, "PRAGMA busy_timeout = 200; PRAGMA wal_checkpoint(TRUNCATE);");
  RunScript(session, "PRAGMA busy_timeout = " + std::to_string(busy_timeout_s_ * 1000));
}

std::vector<std::string> SqliteBackend::CheckIntegrity(soci::session& session) const {
  std::vector<std::string> findings;
  try {
    std::string line;
    soci::statement check = (session.prepare << "PRAGMA integrity_check(100)", soci::into(line));
    check.execute();
    while (check.fetch()) {
      if (line != "ok") findings.push_back(line);
    }
    long long broken = 0;
    session << "SELECT COUNT(*) FROM pragma_foreign_key_check", soci::into(broken);
    if (broken > 0)
      findings.push_back(std::to_string(broken) + " rows refer to none that is there");
  } catch (const soci::sqlite3_soci_error& failure) {
    // A page that cannot even be read is a finding too.
    if (CodeOf(failure) != SQLITE_CORRUPT && CodeOf(failure) != SQLITE_NOTADB) throw;
    findings.emplace_back("the database cannot be read to its end");
  }
  return findings;
}

void SqliteBackend::CopyInto(soci::session& session, const std::filesystem::path& file) const {
  const std::string path = file.string();
  session << "VACUUM INTO :path", soci::use(path, "path");
}

Error SqliteBackend::Explain(const std::exception& failure) const {
  const int code = CodeOf(failure);
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kIo, "Another program kept the history for too long. Try again."};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return WriteFailure(EACCES).error();
    case SQLITE_FULL:
      return WriteFailure(ENOSPC).error();
    case SQLITE_IOERR:
      return {ErrorCode::kIo,
              "Reading or writing the history failed. Look at the disk, its free space and the "
              "system's log."};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::kIo,
              "The history's file is damaged. Restore a backup, or move the data folder aside to "
              "begin a new history."};
    default:
      base::LogError("the history's database failed with code " + std::to_string(code));
      return {ErrorCode::kInternal, "The history failed in a way that it should not."};
  }
}

}  // namespace heartbeat::store
