#include "cli/console.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "cli/text.h"

namespace heartbeat::cli {

base::Result<void> WriteResult(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return {};
  }
  return base::Fail(base::ErrorCode::kIo,
                    std::string("cannot write to standard output: ") + std::strerror(errno));
}

void Say(std::string_view message) {
  const std::string line = "heartbeat: " + Printable(message) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

int Report(const base::Error& error) {
  Say(error.message);
  return base::ExitCode(error.code);
}

}  // namespace heartbeat::cli
