#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <span>

#include "base/result.h"

namespace heartbeat::store {

// Closes its descriptor on every way out.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

// The sentence for a failed system call that wrote something: a full disk and a read-only one have
// their own. kIo.
[[nodiscard]] std::unexpected<base::Error> WriteFailure(int error = errno);

[[nodiscard]] bool WriteAllBytes(int fd, std::span<const std::byte> bytes);

// Makes what happened in the folder (new names, renames) last. Errors: kIo.
[[nodiscard]] base::Result<void> SyncFolder(const std::filesystem::path& folder);
[[nodiscard]] base::Result<void> SyncFile(const std::filesystem::path& file);

}  // namespace heartbeat::store
