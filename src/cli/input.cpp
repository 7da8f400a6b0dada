#include "cli/input.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "cli/paths.h"

namespace heartbeat::cli {

using base::ErrorCode;

base::Result<std::vector<std::byte>> ReadInput(const std::string& path, std::size_t max_bytes) {
  if (path == kStandardInput) return ReadDescriptor(STDIN_FILENO, "standard input", max_bytes);
  return base::ReadFile(path, max_bytes);
}

base::Result<std::vector<std::byte>> ReadDescriptor(int descriptor, const std::string& name,
                                                    std::size_t max_bytes) {
  std::vector<std::byte> bytes;
  std::size_t filled = 0;
  while (true) {
    if (filled == bytes.size()) {
      // One byte more than allowed tells that there is too much.
      constexpr std::size_t kFirst = 64 << 10;
      bytes.resize(std::min(std::max(kFirst, 2 * bytes.size()), max_bytes + 1));
    }
    const ssize_t got = ::read(descriptor, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return base::Fail(ErrorCode::kIo, "cannot read " + name + ": " + std::strerror(errno));
    }
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled > max_bytes) {
      return base::Fail(
          ErrorCode::kBodyTooLarge,
          name + " holds more than the " + std::to_string(max_bytes) + " bytes that are read");
    }
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace heartbeat::cli
