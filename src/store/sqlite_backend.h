#pragma once

#include <filesystem>

#include "store/backend.h"

namespace heartbeat::store {

// The history in one SQLite file: WAL, synchronous=FULL, foreign keys. Linux only.
class SqliteBackend : public Backend {
 public:
  enum class Journal {
    kWal,     // a live history, which is read while it is written
    kDelete,  // a copy that nobody else has open yet
  };

  // `busy_timeout_s`: how long another program may keep the database before a call fails.
  SqliteBackend(std::filesystem::path file, int busy_timeout_s, Journal journal = Journal::kWal);

  // Makes an empty file of mode 0600 where there is none. Errors: kIo, kInvalidArgument for a path
  // that SOCI cannot open.
  [[nodiscard]] base::Result<void> Prepare() const;

  [[nodiscard]] std::string_view Name() const override { return "sqlite"; }
  [[nodiscard]] std::unique_ptr<soci::session> Connect() const override;
  void BeginWrite(soci::session& session) const override;
  void RunScript(soci::session& session, std::string_view script) const override;
  [[nodiscard]] std::int64_t UsedBytes(soci::session& session) const override;
  [[nodiscard]] bool ReleaseSpace(soci::session& session) const override;
  void Settle(soci::session& session) const override;
  [[nodiscard]] std::vector<std::string> CheckIntegrity(soci::session& session) const override;
  void CopyInto(soci::session& session, const std::filesystem::path& file) const override;
  [[nodiscard]] base::Error Explain(const std::exception& failure) const override;

 private:
  std::filesystem::path file_;
  int busy_timeout_s_;
  Journal journal_;
};

}  // namespace heartbeat::store
