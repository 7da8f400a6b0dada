#pragma once

#include <filesystem>
#include <optional>

#include "base/descriptor.h"
#include "base/result.h"

namespace heartbeat::server {

// A lock that one program at a time holds, and whatever it started meanwhile: programs that are
// started while the lock is held keep it until they end, too. It is gone with the last of them,
// however they end. Linux only (open file description locks).
class FolderLock {
 public:
  // `file` is made where it is missing. Nothing where another holds it. Errors: kIo.
  [[nodiscard]] static base::Result<std::optional<FolderLock>> Take(
      const std::filesystem::path& file);
  // Whether anybody holds it, this program included; takes nothing.
  [[nodiscard]] static bool IsHeld(const std::filesystem::path& file);

 private:
  explicit FolderLock(base::Descriptor file) : file_(std::move(file)) {}
  base::Descriptor file_;
};

}  // namespace heartbeat::server
