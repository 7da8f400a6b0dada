#include "store/file_io.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace heartbeat::store {
namespace {

base::Result<void> Sync(const std::filesystem::path& path, int flags) {
  const base::Descriptor file(::open(path.c_str(), flags | O_RDONLY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return WriteFailure();
  return {};
}

}  // namespace

std::unexpected<base::Error> WriteFailure(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return base::Fail(base::ErrorCode::kIo,
                        "The disk of the history is full. Free some space, then try again.");
    case EROFS:
    case EACCES:
    case EPERM:
      return base::Fail(
          base::ErrorCode::kIo,
          "The history cannot be written. Give this program the right to write in its "
          "data folder.");
    case EMFILE:
    case ENFILE:
      return base::Fail(base::ErrorCode::kIo,
                        "Too many files are open to write the history. Raise the limit of open "
                        "files, then try again.");
    default:
      return base::Fail(base::ErrorCode::kIo,
                        "Writing the history failed. Look at the disk and the system's log.");
  }
}

base::Result<void> SyncFolder(const std::filesystem::path& folder) {
  return Sync(folder, O_DIRECTORY);
}
base::Result<void> SyncFile(const std::filesystem::path& file) { return Sync(file, 0); }

}  // namespace heartbeat::store
