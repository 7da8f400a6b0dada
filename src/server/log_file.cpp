#include "server/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

namespace heartbeat::server {
namespace {

constexpr mode_t kOwnerAndGroup = 0640;

// One call a line: with O_APPEND, lines of several threads do not mix.
ssize_t WriteOnce(int descriptor, std::string_view text) {
  while (true) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written >= 0 || errno != EINTR) return written;
  }
}

std::string Whole(std::string_view line) {
  std::string whole(line);
  whole.push_back('\n');
  return whole;
}

}  // namespace

base::Result<std::unique_ptr<LogFile>> LogFile::Open(std::filesystem::path path, mode_t mode) {
  std::unique_ptr<LogFile> file(new LogFile(std::move(path), mode));
  if (file->Open()) return file;
  return base::Fail(base::ErrorCode::kIo,
                    "cannot write the log " + file->path_.string() + ": " +
                        std::generic_category().message(errno) +
                        "; name a file in a folder that the user who runs the server may write");
}

bool LogFile::Open() {
  const int descriptor = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode_);
  if (descriptor < 0) return false;
  Close();
  descriptor_ = descriptor;
  return true;
}

bool LogFile::Write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  // Where it cannot be opened anew, the old one is still better than nothing.
  const bool is_elsewhere = WasMovedAway() && !Open();
  const auto whole = (ends_in_a_line_ ? "\n" : "") + Whole(line);
  const auto written = WriteOnce(descriptor_, whole);
  if (written > 0) ends_in_a_line_ = static_cast<std::size_t>(written) < whole.size();
  return !is_elsewhere && written >= 0 && static_cast<std::size_t>(written) == whole.size();
}

bool LogFile::WasMovedAway() const {
  struct stat named{};
  struct stat opened{};
  if (::fstat(descriptor_, &opened) != 0) return false;
  return ::stat(path_.c_str(), &named) != 0 || named.st_ino != opened.st_ino ||
         named.st_dev != opened.st_dev;
}

void LogFile::Close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

base::Result<std::function<void(std::string_view line)>> OpenLog(const std::string& where) {
  if (where == "off") return [](std::string_view) {};
  if (where == "-") {
    return
        [](std::string_view line) { static_cast<void>(WriteOnce(STDOUT_FILENO, Whole(line)) < 0); };
  }
  auto file = LogFile::Open(where, kOwnerAndGroup);
  if (!file) return base::Fail(file);
  return [file = std::shared_ptr<LogFile>(*std::move(file))](std::string_view line) {
    static_cast<void>(file->Write(line));
  };
}

}  // namespace heartbeat::server
