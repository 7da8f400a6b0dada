#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace heartbeat::server {

// Where the files of one form wait: so much memory for all of them and, beyond it, one temporary
// file without a name, however many they are. It is gone with the last handle to it, whatever
// happens to the program.
class SpoolSpace {
 public:
  // `folder`: where the file is made; empty: the system's folder for temporary files.
  explicit SpoolSpace(std::size_t memory_bytes, std::filesystem::path folder = {});
  SpoolSpace(const SpoolSpace&) = delete;
  SpoolSpace& operator=(const SpoolSpace&) = delete;
  ~SpoolSpace();

  // False where there is less memory left.
  [[nodiscard]] bool TryReserve(std::size_t bytes);
  void Return(std::size_t bytes) { memory_left_ += bytes; }

  // Where the file ends, as far as it is used.
  [[nodiscard]] std::size_t end() const { return end_; }
  // Adds to the file, after making it where there is none. Errors: kIo (it cannot be made, or the
  // disk is full).
  [[nodiscard]] base::Result<void> Append(std::string_view bytes);
  // The next Append begins a page, as mapping it asks for.
  void AlignToPage();
  // Forgets what stands behind `end`.
  void CutOff(std::size_t end);
  // -1 where there is no file.
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  base::Result<void> Open();

  std::size_t memory_left_;
  std::filesystem::path folder_;
  int descriptor_ = -1;
  std::size_t end_ = 0;
};

struct Unmapper {
  std::size_t bytes = 0;
  void operator()(void* mapping) const;
};

// Bytes that arrive in pieces: in memory while they are few and `space` has some, else in its file.
// One thread at a time may append, whichever spools of a space it appends to, and each must be
// complete before the next is begun. Complete ones may be read by several threads, each its own.
class Spool {
 public:
  // `memory_bytes`: at most so much of `space`'s memory is for this one.
  Spool(std::shared_ptr<SpoolSpace> space, std::size_t memory_bytes);

  // Errors: those of SpoolSpace::Append.
  [[nodiscard]] base::Result<void> Append(std::string_view bytes);
  // All bytes; valid until the next Append, Unmap or the end of the spool. Errors: kIo.
  [[nodiscard]] base::Result<std::span<const std::byte>> Bytes();
  // Gives back the address space, and with it the memory, that Bytes took for a file.
  void Unmap() { mapping_.reset(); }
  // Forgets all bytes; only the last one of its space that was appended to.
  void Clear();

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool in_file() const { return in_file_; }

 private:
  base::Result<void> MoveToFile();

  std::shared_ptr<SpoolSpace> space_;
  std::size_t memory_bytes_;
  std::size_t size_ = 0;
  std::vector<char> memory_;
  bool in_file_ = false;
  std::size_t offset_ = 0;  // of the file
  std::unique_ptr<void, Unmapper> mapping_;
};

}  // namespace heartbeat::server
