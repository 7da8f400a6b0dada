#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace heartbeat::server {

// Bytes that arrive in pieces: in memory while they are few, else in a temporary file without a
// name, which is gone with the last handle to it, whatever happens to the program.
class Spool {
 public:
  // `folder`: where the file is made; empty: the system's folder for temporary files.
  explicit Spool(std::size_t memory_bytes, std::filesystem::path folder = {});
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&& other) noexcept;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool();

  // Errors: kIo (no file can be made, or the disk is full).
  [[nodiscard]] base::Result<void> Append(std::string_view bytes);
  // All bytes so far; valid until the next Append or the end of the spool. Errors: kIo.
  [[nodiscard]] base::Result<std::span<const std::byte>> Bytes();

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool in_file() const { return descriptor_ >= 0; }

 private:
  base::Result<void> MoveToFile();
  base::Result<void> Write(std::string_view bytes) const;
  void Unmap();
  void Release();

  std::size_t memory_bytes_;
  std::filesystem::path folder_;
  std::size_t size_ = 0;
  std::vector<char> memory_;
  int descriptor_ = -1;
  void* mapping_ = nullptr;
  std::size_t mapping_bytes_ = 0;
};

}  // namespace heartbeat::server
