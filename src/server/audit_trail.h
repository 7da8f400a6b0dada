#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/log_file.h"

namespace heartbeat::server {

// One access to a recording, or to what is known of it: who, from where, what and with which
// outcome. Never a key, a file name or a patient.
struct AuditRecord {
  std::string request_id;
  std::string key_id;          // "" where nobody has to log in, or nobody did
  std::string client_address;  // an IP address; "" where it is not known
  std::string method;
  std::string route;                     // its pattern
  std::vector<std::string> predictions;  // their ids
  int status = 0;                        // 0: the client was gone before an answer
};

// One line of JSON, without a line end (docs/keys.md). What is no id of a prediction is left out of
// `predictions`: an address is the client's to write.
[[nodiscard]] std::string FormatAudit(const AuditRecord& record,
                                      std::chrono::system_clock::time_point time);

// The file of these lines: who looked at what. What was changed, and by whom, stands in the
// history's own trail as well (store::Store::AuditTrail), together with the change. Thread-safe.
class AuditTrail {
 public:
  // Appends to `file`; makes it (0600) and its folder where they are missing. Errors: kIo.
  [[nodiscard]] static base::Result<std::unique_ptr<AuditTrail>> Open(
      const std::filesystem::path& file);

  // False where the line could not be written as a whole.
  [[nodiscard]] bool Write(const AuditRecord& record);
  // Whether the last line could not be written, less than a second ago: another one most likely
  // cannot either. After that second one may try.
  [[nodiscard]] bool IsFailing() const;

 private:
  explicit AuditTrail(std::unique_ptr<LogFile> file) : file_(std::move(file)) {}
  const std::unique_ptr<LogFile> file_;
  std::atomic<std::chrono::steady_clock::rep> failed_at_ = 0;  // 0: the last one was written
};

}  // namespace heartbeat::server
