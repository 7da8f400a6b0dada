#include "store/recording_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/id.h"
#include "base/parallel.h"
#include "store/file_io.h"
#include "store/text.h"

namespace heartbeat::store {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;
using base::Result;

// They wait and do not compute.
constexpr unsigned kSyncThreads = 32;
constexpr std::string_view kSuffix = ".bin";
constexpr char kHex[] = "0123456789abcdef";

int DigitOf(char hex) { return hex <= '9' ? hex - '0' : hex - 'a' + 10; }
std::size_t ShardOf(std::string_view sha256) {
  return static_cast<std::size_t>(DigitOf(sha256[0]) * 16 + DigitOf(sha256[1]));
}
std::string ShardName(std::size_t shard) { return {kHex[shard >> 4], kHex[shard & 15]}; }

base::Result<void> MakeFolder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return WriteFailure();
}

// A file of incoming/ that is written and not yet renamed. While it is open it is locked, so that
// no other program takes it for one that a crash left.
struct Temporary {
  fs::path path;
  base::Descriptor file;
  std::size_t index = 0;  // among the recordings
};

Result<Temporary> CreateTemporary(const fs::path& incoming) {
  // A sweep may come between the creation and the lock; then the name is gone and there is another.
  for (int attempt = 0; attempt < 10; ++attempt) {
    Temporary temporary{incoming / base::NewId(), base::Descriptor(), 0};
    temporary.file = base::Descriptor(
        ::open(temporary.path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
    if (!temporary.file) return WriteFailure();
    struct stat status{};
    if (::flock(temporary.file.get(), LOCK_EX | LOCK_NB) == 0 &&
        ::fstat(temporary.file.get(), &status) == 0 && status.st_nlink == 1) {
      return temporary;
    }
    ::unlink(temporary.path.c_str());
  }
  return Fail(ErrorCode::kIo, "Another program keeps removing new recordings. Try again.");
}

}  // namespace

fs::path RecordingFiles::PathOf(std::string_view sha256) const {
  return folder_ / sha256.substr(0, 2) / (std::string(sha256.substr(2)) + std::string(kSuffix));
}

Result<void> RecordingFiles::Prepare() const {
  if (auto made = MakeFolder(folder_); !made) return made;
  if (auto made = MakeFolder(folder_ / "incoming"); !made) return made;
  SweepIncoming();
  if (auto synced = SyncFolder(folder_); !synced) return synced;
  return SyncFolder(folder_.parent_path());
}

Result<bool> RecordingFiles::MakeShard(std::size_t shard) const {
  if (lasting_[shard]) return false;
  if (auto made = MakeFolder(folder_ / ShardName(shard)); !made) return Fail(made);
  return true;
}

void RecordingFiles::SweepIncoming() const {
  std::error_code error;
  for (fs::directory_iterator entry(folder_ / "incoming", error), end; !error && entry != end;
       entry.increment(error)) {
    const base::Descriptor file(::open(entry->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(entry->path().c_str());
  }
}

void RecordingFiles::Write(std::span<IncomingRecording> recordings) const {
  std::vector<Temporary> temporaries;
  std::set<std::size_t> shards;
  std::vector<std::size_t> new_shards;
  std::unordered_map<std::string_view, std::size_t> first_of;
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    auto& recording = recordings[i];
    recording.result = {};
    if (!first_of.try_emplace(recording.sha256, i).second) continue;
    const std::size_t shard = ShardOf(recording.sha256);
    const auto made = MakeShard(shard);
    if (!made) {
      recording.result = Fail(made);
      continue;
    }
    if (*made) new_shards.push_back(shard);
    // Also where the file is there already: whoever renamed it may not have synced its folder yet.
    shards.insert(shard);
    if (IsPresent(recording.sha256, recording.bytes.size())) continue;
    auto temporary = CreateTemporary(folder_ / "incoming");
    if (!temporary) {
      recording.result = Fail(temporary);
      continue;
    }
    if (!base::WriteAll(temporary->file.get(), recording.bytes)) {
      recording.result = WriteFailure();
      ::unlink(temporary->path.c_str());
      continue;
    }
    temporary->index = i;
    temporaries.push_back(std::move(*temporary));
  }
  // Together, all having been written: the file system then commits its journal, and the disk its
  // cache, once for many.
  base::ParallelFor(temporaries.size(), kSyncThreads, [&](std::size_t i) {
    const auto& temporary = temporaries[i];
    auto& recording = recordings[temporary.index];
    if (::fsync(temporary.file.get()) != 0 ||
        ::rename(temporary.path.c_str(), PathOf(recording.sha256).c_str()) != 0) {
      recording.result = WriteFailure();
      ::unlink(temporary.path.c_str());
    }
  });
  const std::vector<std::size_t> changed(shards.begin(), shards.end());
  std::vector<Result<void>> synced(changed.size() + 1);
  base::ParallelFor(
      changed.size() + (new_shards.empty() ? 0 : 1), kSyncThreads, [&](std::size_t i) {
        synced[i] = SyncFolder(i < changed.size() ? folder_ / ShardName(changed[i]) : folder_);
      });
  const auto fail_all_of = [&](std::size_t shard, const Result<void>& failed) {
    for (auto& recording : recordings) {
      if (recording.result && ShardOf(recording.sha256) == shard) recording.result = failed;
    }
  };
  for (std::size_t i = 0; i < changed.size(); ++i) {
    if (!synced[i]) fail_all_of(changed[i], synced[i]);
  }
  for (const std::size_t shard : new_shards) {
    if (synced.back()) {
      lasting_[shard] = true;
    } else {
      fail_all_of(shard, synced.back());
    }
  }
  for (auto& recording : recordings) {
    const auto& first = recordings[first_of[recording.sha256]];
    if (recording.result) recording.result = first.result;
  }
}

bool RecordingFiles::IsPresent(std::string_view sha256, std::uint64_t size_bytes) const {
  struct stat status{};
  return ::lstat(PathOf(sha256).c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         static_cast<std::uint64_t>(status.st_size) == size_bytes;
}

Result<std::vector<std::byte>> RecordingFiles::Read(std::string_view sha256, std::uint64_t offset,
                                                    std::uint64_t length,
                                                    std::uint64_t& size_bytes) const {
  const auto failure = [] {
    return Fail(ErrorCode::kIo, "The recording cannot be read. Look at the disk.");
  };
  const base::Descriptor file(::open(PathOf(sha256).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file) {
    if (errno != ENOENT) return failure();
    return Fail(ErrorCode::kNotFound, "The history has no such recording.");
  }
  struct stat status{};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return failure();
  size_bytes = static_cast<std::uint64_t>(status.st_size);
  if (offset > size_bytes) {
    return Fail(ErrorCode::kInvalidArgument, "The recording has " + std::to_string(size_bytes) +
                                                 " bytes; nothing begins at byte " +
                                                 std::to_string(offset) + ".");
  }
  std::vector<std::byte> bytes(std::min(length, size_bytes - offset));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::pread(file.get(), bytes.data() + filled, bytes.size() - filled,
                                static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return failure();
    filled += static_cast<std::size_t>(got);
  }
  return bytes;
}

Result<void> RecordingFiles::Remove(std::string_view sha256) const {
  if (::unlink(PathOf(sha256).c_str()) == 0 || errno == ENOENT) return {};
  return WriteFailure();
}

Result<void> RecordingFiles::LinkTo(const RecordingFiles& other, std::string_view sha256) const {
  const fs::path source = PathOf(sha256);
  if (const auto made = other.MakeShard(ShardOf(sha256)); !made) return Fail(made);
  const fs::path target = other.PathOf(sha256);
  if (::link(source.c_str(), target.c_str()) == 0 || errno == EEXIST) return {};
  if (errno == ENOENT) return Fail(ErrorCode::kNotFound, "The history has no such recording.");
  // Another file system, or one without hard links.
  const auto bytes = base::ReadFile(source);
  if (!bytes) return Fail(bytes);
  IncomingRecording copy{sha256, *bytes, {}};
  other.Write({&copy, 1});
  return copy.result;
}

Result<void> RecordingFiles::SyncFolders() const {
  for (std::size_t shard = 0; shard < lasting_.size(); ++shard) {
    std::error_code error;
    const fs::path folder = folder_ / ShardName(shard);
    if (!fs::exists(folder, error)) continue;
    if (auto synced = SyncFolder(folder); !synced) return synced;
  }
  return SyncFolder(folder_);
}

Result<void> RecordingFiles::ForEach(const Visit& visit) const {
  const auto now = fs::file_time_type::clock::now();
  for (std::size_t shard = 0; shard < lasting_.size(); ++shard) {
    const std::string name = ShardName(shard);
    std::error_code error;
    for (fs::directory_iterator entry(folder_ / name, error), end; !error && entry != end;
         entry.increment(error)) {
      const std::string file = entry->path().filename().string();
      if (!file.ends_with(kSuffix)) continue;
      const std::string sha256 = name + file.substr(0, file.size() - kSuffix.size());
      std::error_code gone;
      const auto changed = entry->last_write_time(gone);
      if (!IsSha256(sha256) || gone) continue;
      const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - changed);
      if (auto visited = visit(sha256, age); !visited) return visited;
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      return Fail(ErrorCode::kIo, "The folder of recordings cannot be read. Look at the disk.");
    }
  }
  return {};
}

}  // namespace heartbeat::store
