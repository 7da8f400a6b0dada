#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace heartbeat::store {

// A recording on its way to the disk.
struct IncomingRecording {
  std::string_view sha256;  // IsSha256, of `bytes`
  std::span<const std::byte> bytes;
  base::Result<void> result;  // said by RecordingFiles::Write
};

// The folder of recordings: `ab/cdef….bin`, named by the SHA-256 of what each holds, so that the
// same bytes are there once. A file is written to incoming/, synced and renamed: what has its name
// is whole. Which of them are wanted is the database's to say. Several threads and programs may use
// one.
class RecordingFiles {
 public:
  explicit RecordingFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Makes the folder, mode 0700, and removes what died in incoming/. Errors: kIo.
  [[nodiscard]] base::Result<void> Prepare() const;

  // Puts each on the disk to stay, all together: files first, then their syncs, then their
  // folders'. Errors of each: kIo; nothing of it is left then.
  void Write(std::span<IncomingRecording> recordings) const;

  // Whether the file is there with this size.
  [[nodiscard]] bool IsPresent(std::string_view sha256, std::uint64_t size_bytes) const;

  // At most `length` bytes from `offset` on; `size_bytes` becomes that of the whole. Errors:
  // kNotFound, kInvalidArgument for an offset behind the end, kIo.
  [[nodiscard]] base::Result<std::vector<std::byte>> Read(std::string_view sha256,
                                                          std::uint64_t offset,
                                                          std::uint64_t length,
                                                          std::uint64_t& size_bytes) const;

  // No file is no error. Errors: kIo.
  [[nodiscard]] base::Result<void> Remove(std::string_view sha256) const;

  // Puts this recording into another folder of recordings, by a hard link or as a copy, but does
  // not sync that folder (SyncFolders). Errors: kNotFound, kIo.
  [[nodiscard]] base::Result<void> LinkTo(const RecordingFiles& other,
                                          std::string_view sha256) const;

  // Errors: kIo.
  [[nodiscard]] base::Result<void> SyncFolders() const;

  // Every recording, in no order: its SHA-256 and how old the file is. Files of other names are
  // passed over. Errors: kIo, and what `visit` returns.
  using Visit =
      std::function<base::Result<void>(std::string_view sha256, std::chrono::seconds age)>;
  [[nodiscard]] base::Result<void> ForEach(const Visit& visit) const;

 private:
  [[nodiscard]] std::filesystem::path PathOf(std::string_view sha256) const;
  void SweepIncoming() const;
  // Makes the folder `ab`. True: it is new to this object, so folder_ must be synced before what
  // lies in it counts; say so with `lasting_` then.
  [[nodiscard]] base::Result<bool> MakeShard(std::size_t shard) const;

  std::filesystem::path folder_;
  // Of each folder `ab`: it is there and its name is on the disk.
  mutable std::array<std::atomic<bool>, 256> lasting_{};
};

}  // namespace heartbeat::store
