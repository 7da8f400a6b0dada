#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"

namespace heartbeat::base {
namespace {

std::unexpected<Error> FailErrno(std::string_view what, const std::filesystem::path& path) {
  const int error = errno;
  const ErrorCode code =
      error == ENOENT || error == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo;
  return Fail(code, std::string(what) + " " + path.string() + ": " + std::strerror(error));
}

template <typename Container>
Result<Container> ReadInto(const std::filesystem::path& path, std::uintmax_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return FailErrno("cannot open", path);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return FailErrno("cannot read", path);
  if (!S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kIo, "cannot read " + path.string() + ": not a regular file");
  }
  const auto size = static_cast<std::uintmax_t>(status.st_size);
  if (size > max_bytes) {
    return Fail(ErrorCode::kBodyTooLarge, path.string() + " holds " + std::to_string(size) +
                                              " bytes; at most " + std::to_string(max_bytes) +
                                              " are read");
  }
  Container content;
  content.resize(size);
  std::size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t got = ::read(file.get(), content.data() + filled, content.size() - filled);
    if (got < 0) {
      if (errno == EINTR) continue;
      return FailErrno("cannot read", path);
    }
    if (got == 0) break;  // it shrank while we read
    filled += static_cast<std::size_t>(got);
  }
  content.resize(filled);
  return content;
}

}  // namespace

Result<std::vector<std::byte>> ReadFile(const std::filesystem::path& path,
                                        std::uintmax_t max_bytes) {
  return ReadInto<std::vector<std::byte>>(path, max_bytes);
}

Result<std::string> ReadTextFile(const std::filesystem::path& path, std::uintmax_t max_bytes) {
  return ReadInto<std::string>(path, max_bytes);
}

Result<void> WriteFileAtomically(const std::filesystem::path& path,
                                 std::span<const std::byte> bytes, Readers readers) {
  std::string temporary = path.string() + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) {
    auto failed = FailErrno("cannot write", path);
    failed.error().code = ErrorCode::kIo;
    return failed;
  }
  // mkostemp creates 0600; what the user writes follows their umask like any other file.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const mode_t mode = readers == Readers::kOwnerOnly ? 0600 : 0666 & ~mask;
  if (::fchmod(file.get(), mode) != 0 || !WriteAll(file.get(), bytes) || ::fsync(file.get()) != 0 ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    auto failed = FailErrno("cannot write", path);
    failed.error().code = ErrorCode::kIo;
    ::unlink(temporary.c_str());
    return failed;
  }
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());
  return {};
}

Result<void> WriteFileAtomically(const std::filesystem::path& path, std::string_view text,
                                 Readers readers) {
  return WriteFileAtomically(path, std::as_bytes(std::span(text)), readers);
}

Result<std::filesystem::path> ExecutablePath() {
  std::error_code error;
  auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return Fail(ErrorCode::kIo, "cannot read /proc/self/exe: " + error.message());
  return path;
}

}  // namespace heartbeat::base
