#include "server/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

namespace heartbeat::server {
namespace {

void WriteLine(int descriptor, std::string_view line) {
  std::string whole(line);
  whole.push_back('\n');
  // One call a line: with O_APPEND, lines of several threads do not mix.
  static_cast<void>(::write(descriptor, whole.data(), whole.size()) < 0);
}

class LogFile {
 public:
  explicit LogFile(std::string path) : path_(std::move(path)) {}
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile() { Close(); }

  bool Open() {
    const int descriptor = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (descriptor < 0) return false;
    Close();
    descriptor_ = descriptor;
    return true;
  }

  void Write(std::string_view line) {
    const std::lock_guard lock(mutex_);
    // Where it cannot be opened anew, the old one is still better than nothing.
    if (WasMovedAway()) static_cast<void>(Open());
    WriteLine(descriptor_, line);
  }

 private:
  [[nodiscard]] bool WasMovedAway() const {
    struct stat named{};
    struct stat opened{};
    if (::fstat(descriptor_, &opened) != 0) return false;
    return ::stat(path_.c_str(), &named) != 0 || named.st_ino != opened.st_ino ||
           named.st_dev != opened.st_dev;
  }

  void Close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

  const std::string path_;
  std::mutex mutex_;
  int descriptor_ = -1;
};

}  // namespace

base::Result<std::function<void(std::string_view line)>> OpenLog(const std::string& where) {
  if (where == "off") return [](std::string_view) {};
  if (where == "-") return [](std::string_view line) { WriteLine(STDOUT_FILENO, line); };
  const auto file = std::make_shared<LogFile>(where);
  if (!file->Open()) {
    return base::Fail(base::ErrorCode::kIo,
                      "cannot write the log " + where + ": " +
                          std::generic_category().message(errno) +
                          "; name a file in a folder that the user who runs the server may write");
  }
  return [file](std::string_view line) { file->Write(line); };
}

}  // namespace heartbeat::server
