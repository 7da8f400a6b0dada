#pragma once

#include <cstddef>
#include <span>

namespace heartbeat::base {

// A file descriptor that is closed on every way out; negative: none.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { Close(); }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  void Close();

 private:
  int fd_;
};

// Writes all of it, through interruptions; false, with errno, where that fails.
[[nodiscard]] bool WriteAll(int fd, std::span<const std::byte> bytes);

}  // namespace heartbeat::base
