#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace heartbeat::server {

// A file that lines are appended to, each in one piece, also where several programs do. It is
// opened anew once it was moved away, as log rotation does. Thread-safe.
class LogFile {
 public:
  // Made with `mode` where there is none. Errors: kIo.
  [[nodiscard]] static base::Result<std::unique_ptr<LogFile>> Open(std::filesystem::path path,
                                                                   mode_t mode);
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile() { Close(); }

  // `line`: without its end. False where not all of it was written, or to a file that was moved
  // away only. Of a line that was cut off what there was room for stays, and the next begins a new
  // one. What was written is the system's: the end of this program does not take it back, that of
  // the machine may.
  [[nodiscard]] bool Write(std::string_view line);

 private:
  LogFile(std::filesystem::path path, mode_t mode) : path_(std::move(path)), mode_(mode) {}
  [[nodiscard]] bool Open();
  [[nodiscard]] bool WasMovedAway() const;
  void Close();

  const std::filesystem::path path_;
  const mode_t mode_;
  std::mutex mutex_;
  int descriptor_ = -1;
  bool ends_in_a_line_ = false;  // that was cut off
};

// Takes lines without their ends, from several threads at once, and writes each in one piece.
// `where`: a file, which is appended to, made where there is none (0640) and opened anew once it
// was moved away, as log rotation does; "-": standard output; "off": nowhere. A line that cannot be
// written is lost: a log must not stop the service. Errors: kIo where the file cannot be opened.
[[nodiscard]] base::Result<std::function<void(std::string_view line)>> OpenLog(
    const std::string& where);

}  // namespace heartbeat::server
