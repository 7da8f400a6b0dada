#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "store/backend.h"
#include "store/recording_files.h"

namespace heartbeat::store {

// A change of the history that waits to be written.
struct Change {
  // In a transaction, together with other changes. Throws (Refused, soci_error): then nothing of
  // this one change stays. Adds to `dropped` each recording whose row it removed.
  std::function<void(soci::session& session, std::vector<std::string>& dropped)> apply;
  // A recording that must be on the disk first; none where sha256 is empty. Stays until `done`.
  std::string sha256;
  std::span<const std::byte> recording;
  // Called once, when the change is on disk or has failed.
  std::function<void(base::Result<void>)> done;

  base::Result<void> result;
  std::vector<std::string> dropped;
};

// The one thread that writes the history. What waits is written together: the recordings, then one
// transaction, whose one sync serves all.
//
// A file is removed only in a transaction that sees no row for it, and a row is added only in one
// that sees its file: as no two may write at the same time, whichever program they are in, no row
// is ever without its file.
class Writer {
 public:
  // Throws what Backend::Connect throws.
  Writer(const Backend& backend, const RecordingFiles& files, int max_waiting);
  // Writes what waits, then ends.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Where too many wait, `done` gets kQueueFull at once.
  void Post(Change change);
  // Posts `apply` and waits for it.
  [[nodiscard]] base::Result<void> Run(
      std::function<void(soci::session&, std::vector<std::string>&)> apply);

  // Removes the files of those that no row names; says how many. On any thread with a session of
  // its own that may write.
  [[nodiscard]] static base::Result<int> RemoveFiles(const Backend& backend, soci::session& session,
                                                     const RecordingFiles& files,
                                                     std::span<const std::string> sha256s);

 private:
  void Loop();
  void Write(std::vector<Change>& batch);
  // Calls `done`, which is empty from then on, and lets nothing that it throws out.
  static void Tell(Change& change, base::Result<void> result);
  static void FailWhatIsOpen(std::vector<Change>& batch);
  [[nodiscard]] base::Result<void> Apply(Change& change);

  const Backend& backend_;
  const RecordingFiles& files_;
  const std::size_t max_waiting_;
  std::unique_ptr<soci::session> session_;
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<Change> waiting_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace heartbeat::store
