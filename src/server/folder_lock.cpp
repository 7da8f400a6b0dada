#include "server/folder_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace heartbeat::server {
namespace {

constexpr mode_t kOwnerOnly = 0600;

struct flock WholeFile() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

base::Result<std::optional<FolderLock>> FolderLock::Take(const std::filesystem::path& file) {
  // Not closed on exec: what is started inherits the lock.
  base::Descriptor opened(::open(file.c_str(), O_RDWR | O_CREAT, kOwnerOnly));
  auto lock = WholeFile();
  if (opened.get() >= 0 && ::fcntl(opened.get(), F_OFD_SETLK, &lock) == 0) {
    return FolderLock(std::move(opened));
  }
  if (opened.get() >= 0 && (errno == EAGAIN || errno == EACCES)) {
    return std::optional<FolderLock>();
  }
  return base::Fail(base::ErrorCode::kIo,
                    "cannot lock " + file.string() + ": " + std::strerror(errno));
}

bool FolderLock::IsHeld(const std::filesystem::path& file) {
  const base::Descriptor opened(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  auto lock = WholeFile();
  return opened.get() >= 0 && ::fcntl(opened.get(), F_OFD_GETLK, &lock) == 0 &&
         lock.l_type != F_UNLCK;
}

}  // namespace heartbeat::server
