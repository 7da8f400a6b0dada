#include "server/spool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstdlib>
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

SpoolSpace::SpoolSpace(std::size_t memory_bytes, std::filesystem::path folder)
    : memory_left_(memory_bytes), folder_(std::move(folder)) {}

SpoolSpace::~SpoolSpace() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool SpoolSpace::TryReserve(std::size_t bytes) {
  if (bytes > memory_left_) return false;
  memory_left_ -= bytes;
  return true;
}

base::Result<void> SpoolSpace::Open() {
  std::error_code error;
  const auto folder = folder_.empty() ? std::filesystem::temp_directory_path(error) : folder_;
  if (error) {
    return base::Fail(base::ErrorCode::kIo,
                      "there is no folder for temporary files: " + error.message());
  }
  descriptor_ = OpenUnnamed(folder);
  if (descriptor_ < 0) return FailErrno("cannot make a temporary file in " + folder.string());
  return {};
}

base::Result<void> SpoolSpace::Append(std::string_view bytes) {
  if (descriptor_ < 0) {
    if (auto opened = Open(); !opened) return opened;
  }
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(end_));
    if (written < 0) {
      if (errno == EINTR) continue;
      return FailErrno("cannot write an upload to the temporary folder");
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    end_ += static_cast<std::size_t>(written);
  }
  return {};
}

void SpoolSpace::AlignToPage() {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  end_ = (end_ + page - 1) / page * page;
}

void SpoolSpace::CutOff(std::size_t end) {
  end_ = end;
  // Only to free the disk: what stays there is written over.
  if (descriptor_ >= 0) static_cast<void>(::ftruncate(descriptor_, static_cast<off_t>(end)) == 0);
}

void Unmapper::operator()(void* mapping) const { ::munmap(mapping, bytes); }

Spool::Spool(std::shared_ptr<SpoolSpace> space, std::size_t memory_bytes)
    : space_(std::move(space)), memory_bytes_(memory_bytes) {}

base::Result<void> Spool::Append(std::string_view bytes) {
  if (!in_file_) {
    const bool is_small = size_ + bytes.size() <= memory_bytes_ && space_->TryReserve(bytes.size());
    if (is_small) {
      memory_.insert(memory_.end(), bytes.begin(), bytes.end());
      size_ += bytes.size();
      return {};
    }
    if (auto moved = MoveToFile(); !moved) return moved;
  }
  assert(space_->end() == offset_ + size_);
  if (auto written = space_->Append(bytes); !written) return written;
  size_ += bytes.size();
  return {};
}

base::Result<void> Spool::MoveToFile() {
  space_->AlignToPage();
  offset_ = space_->end();
  if (auto written = space_->Append({memory_.data(), memory_.size()}); !written) return written;
  space_->Return(size_);
  std::vector<char>().swap(memory_);  // `= {}` would keep its capacity
  in_file_ = true;
  return {};
}

void Spool::Clear() {
  Unmap();
  if (in_file_) {
    space_->CutOff(offset_);
  } else {
    space_->Return(size_);
  }
  std::vector<char>().swap(memory_);  // `= {}` would keep its capacity
  in_file_ = false;
  size_ = 0;
}

base::Result<std::span<const std::byte>> Spool::Bytes() {
  if (!in_file_) return std::as_bytes(std::span<const char>(memory_));
  Unmap();
  if (size_ == 0) return std::span<const std::byte>();
  void* mapping = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, space_->descriptor(),
                         static_cast<off_t>(offset_));
  if (mapping == MAP_FAILED) return FailErrno("cannot read an upload back");
  mapping_ = {mapping, Unmapper{size_}};
  return std::span(static_cast<const std::byte*>(mapping), size_);
}

}  // namespace heartbeat::server
