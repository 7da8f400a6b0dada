#include "server/spool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace heartbeat::server {
namespace {

std::unexpected<base::Error> FailErrno(const std::string& what) {
  return base::Fail(base::ErrorCode::kIo, what + ": " + std::generic_category().message(errno));
}

int OpenUnnamed(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0) return descriptor;
  // Not every file system knows O_TMPFILE.
  std::string name = (folder / "heartbeat-XXXXXX").string();
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

Spool::Spool(std::size_t memory_bytes, std::filesystem::path folder)
    : memory_bytes_(memory_bytes), folder_(std::move(folder)) {}

Spool::Spool(Spool&& other) noexcept
    : memory_bytes_(other.memory_bytes_),
      folder_(std::move(other.folder_)),
      size_(std::exchange(other.size_, 0)),
      memory_(std::move(other.memory_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      mapping_(std::exchange(other.mapping_, nullptr)),
      mapping_bytes_(std::exchange(other.mapping_bytes_, 0)) {}

Spool& Spool::operator=(Spool&& other) noexcept {
  if (this != &other) {
    Release();
    memory_bytes_ = other.memory_bytes_;
    folder_ = std::move(other.folder_);
    size_ = std::exchange(other.size_, 0);
    memory_ = std::move(other.memory_);
    descriptor_ = std::exchange(other.descriptor_, -1);
    mapping_ = std::exchange(other.mapping_, nullptr);
    mapping_bytes_ = std::exchange(other.mapping_bytes_, 0);
  }
  return *this;
}

Spool::~Spool() { Release(); }

void Spool::Unmap() {
  if (mapping_ != nullptr) ::munmap(mapping_, mapping_bytes_);
  mapping_ = nullptr;
}

void Spool::Release() {
  Unmap();
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

base::Result<void> Spool::Append(std::string_view bytes) {
  if (!in_file() && size_ + bytes.size() > memory_bytes_) {
    if (auto moved = MoveToFile(); !moved) return moved;
  }
  if (in_file()) {
    if (auto written = Write(bytes); !written) return written;
  } else {
    memory_.insert(memory_.end(), bytes.begin(), bytes.end());
  }
  size_ += bytes.size();
  return {};
}

base::Result<void> Spool::MoveToFile() {
  std::error_code error;
  const auto folder = folder_.empty() ? std::filesystem::temp_directory_path(error) : folder_;
  if (error) {
    return base::Fail(base::ErrorCode::kIo,
                      "there is no folder for temporary files: " + error.message());
  }
  descriptor_ = OpenUnnamed(folder);
  if (descriptor_ < 0) return FailErrno("cannot make a temporary file in " + folder.string());
  auto written = Write({memory_.data(), memory_.size()});
  memory_ = {};
  return written;
}

base::Result<void> Spool::Write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return FailErrno("cannot write an upload to the temporary folder");
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

base::Result<std::span<const std::byte>> Spool::Bytes() {
  if (!in_file()) return std::as_bytes(std::span<const char>(memory_));
  Unmap();
  void* mapping = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor_, 0);
  if (mapping == MAP_FAILED) return FailErrno("cannot read an upload back");
  mapping_ = mapping;
  mapping_bytes_ = size_;
  return std::span(static_cast<const std::byte*>(mapping_), size_);
}

}  // namespace heartbeat::server
