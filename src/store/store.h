#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/query.h"
#include "store/records.h"

namespace heartbeat::store {

struct StoreOptions {
  // Made with mode 0700 where it is missing. Holds heartbeat.db (mode 0600) and recordings/.
  std::filesystem::path data_dir;
  int busy_timeout_s = 10;  // how long another program may keep the database: 1..3600
  int max_readers = 8;      // connections that read at the same time: 1..64
  int max_waiting = 4096;   // changes that wait to be written before kQueueFull: from 1

  // Errors: kInvalidArgument.
  [[nodiscard]] base::Result<void> Validate() const;
};

struct RecordingBytes {
  std::vector<std::byte> bytes;
  std::uint64_t size_bytes = 0;  // of the whole recording
};

struct VerifyOptions {
  bool read_recordings = true;  // hash each one; else only their presence and size are checked
  // A file younger than this that nothing refers to is one that another program is adding.
  int in_flight_s = 60;
};

enum class Damage {
  kMissingRecording,   // a prediction refers to it, and there is no file
  kAlteredRecording,   // the file's bytes are not those that were kept
  kOrphanedRecording,  // a file that nothing refers to: see RemoveOrphans
  kOrphanedRow,        // kept in the database, but no prediction refers to it
  kDatabase,           // the database itself says that it is damaged
};

struct Finding {
  Damage damage = Damage::kDatabase;
  std::string what;  // the recording's SHA-256, or what the database says
};

struct VerifyReport {
  static constexpr std::size_t kMaxFindings = 1000;
  std::int64_t predictions = 0;
  std::int64_t recordings = 0;
  std::int64_t findings_total = 0;
  std::vector<Finding> findings;  // the first kMaxFindings
};

struct CopyReport {
  std::int64_t predictions = 0;
  std::int64_t recordings = 0;
  std::int64_t recordings_bytes = 0;
  std::vector<std::string> missing_recordings;  // SHA-256 of those that had no file
};

// The history of predictions and all that belongs to it, in one data folder. Several threads may
// call it at the same time, and several programs may have the folder open. No exception leaves it.
//
// A call that changes something returns when the change is on disk, recording included: neither the
// program's nor the machine's sudden end takes it back. One thread writes; what waits meanwhile is
// written together, with one sync for all.
//
// Errors of every call: kIo where the disk is full, read-only or damaged, or another program kept
// the database for too long; kQueueFull where too many changes wait.
class Store {
 public:
  // Makes the folder and the database or brings its schema up to date. Errors besides: kIo where
  // the schema is newer than this program, kInvalidArgument for the options.
  [[nodiscard]] static base::Result<std::unique_ptr<Store>> Open(const StoreOptions& options);
  // Writes what waits, then closes.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Keeps a prediction with its recording; the same bytes are kept once. Errors: kInvalidArgument
  // for an id that is there already, a sha256 that is not that of the bytes, numbers out of range.
  [[nodiscard]] base::Result<void> AddPrediction(const Prediction& prediction,
                                                 std::span<const std::byte> recording);
  // The same without waiting. `done` is called once, on the thread that writes or, where the
  // prediction is refused at once, on this one; it must neither throw nor wait for this store.
  // `recording` must stay until then.
  using Done = std::function<void(base::Result<void>)>;
  void AddPrediction(const Prediction& prediction, std::span<const std::byte> recording, Done done);

  // Errors: kNotFound.
  [[nodiscard]] base::Result<Prediction> Get(std::string_view id) const;
  // Errors: kInvalidArgument for a cursor or a limit that makes no sense.
  [[nodiscard]] base::Result<Page> List(const Filter& filter,
                                        const PageRequest& request = {}) const;
  // Each prediction that was there at the call, newest first, with its answer; in constant memory
  // and without keeping others from writing. Ends early with the error that `visit` returns.
  [[nodiscard]] base::Result<void> ForEach(
      const Filter& filter,
      const std::function<base::Result<void>(const Prediction&)>& visit) const;
  [[nodiscard]] base::Result<Counts> Count() const;

  // At most `length` bytes from `offset` on; an offset at the end gives none. Errors: kNotFound,
  // kInvalidArgument for an offset behind the end.
  [[nodiscard]] base::Result<RecordingBytes> ReadRecording(std::string_view sha256,
                                                           std::uint64_t offset = 0,
                                                           std::uint64_t length = UINT64_MAX) const;

  // Errors: kNotFound, kInvalidArgument where nobody is named.
  [[nodiscard]] base::Result<void> AddLabel(const Label& label);
  // Oldest first. Errors: kNotFound for a prediction that is not there.
  [[nodiscard]] base::Result<std::vector<Label>> Labels(std::string_view prediction_id) const;

  // Takes the prediction, its labels and, where no other prediction has it, its recording out of
  // the history; leaves a line in the audit trail. Errors: kNotFound, kInvalidArgument for no
  // `who`.
  [[nodiscard]] base::Result<void> Delete(std::string_view id, std::string_view who);
  // Deletes the oldest predictions: those before `time`, or until recordings and database take at
  // most `bytes` together. Returns how many. `who` stands in the trail. Others write in between;
  // asked to stop, both end soon with what they have deleted by then.
  [[nodiscard]] base::Result<std::int64_t> DeleteOlderThan(Time time, std::string_view who,
                                                           const std::stop_token& stop = {});
  [[nodiscard]] base::Result<std::int64_t> ShrinkTo(std::int64_t bytes, std::string_view who,
                                                    const std::stop_token& stop = {});

  // Known already: nothing changes. Errors: kInvalidArgument for a malformed sha256.
  [[nodiscard]] base::Result<void> AddModel(const ModelVersion& version, std::string_view who);
  // Newest first.
  [[nodiscard]] base::Result<std::vector<ModelVersion>> Models() const;
  // Notes that this model serves from `time` on, or from after the promotion before, if that is
  // later; going back is promoting the earlier one. Errors: kNotFound; kInvalidArgument (no `who`).
  [[nodiscard]] base::Result<void> PromoteModel(std::string_view sha256, Time time,
                                                std::string_view who);

  // `sequence` is ignored. Errors: kInvalidArgument without who or action.
  [[nodiscard]] base::Result<void> AddAuditEntry(const AuditEntry& entry);
  // At most `limit` (1..1000), newest first, of those before `before_sequence`.
  [[nodiscard]] base::Result<std::vector<AuditEntry>> AuditTrail(
      int limit = 100, std::int64_t before_sequence = INT64_MAX) const;

  // Looks at everything and changes nothing; others may go on reading and writing.
  [[nodiscard]] base::Result<VerifyReport> Verify(const VerifyOptions& options = {}) const;
  // Deletes recordings that nothing refers to, as a crash between recording and row leaves them.
  // Returns how many; asked to stop, it ends soon with those of them that are gone by then.
  [[nodiscard]] base::Result<std::int64_t> RemoveOrphans(const std::stop_token& stop = {});

  // A copy of one moment in `folder`, which is made or holds no heartbeat.db yet and opens as a
  // store; others may go on. heartbeat.db comes last: a folder without it is no finished copy.
  // Recordings are hard links where the file system allows it, else copies. Errors besides:
  // kInvalidArgument where `folder` holds a history already.
  [[nodiscard]] base::Result<CopyReport> Backup(const std::filesystem::path& folder) const;
  // The way back: `data_dir` must hold neither heartbeat.db nor what SQLite keeps beside it. Errors
  // as Backup's; kNotFound where `backup` holds none.
  [[nodiscard]] static base::Result<CopyReport> Restore(const std::filesystem::path& backup,
                                                        const std::filesystem::path& data_dir);

 private:
  struct Parts;
  explicit Store(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace heartbeat::store
