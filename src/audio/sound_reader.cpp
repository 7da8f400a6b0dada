#include "audio/sound_reader.h"

#include <sndfile.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace heartbeat::audio {

// libsndfile keeps a pointer to this, hence its fixed address.
struct SoundReader::Impl {
  const Stream* stream = nullptr;
  std::int64_t position = 0;
  SF_INFO info{};
  SNDFILE* file = nullptr;
  bool damaged = false;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (file != nullptr) {
      sf_close(file);
    }
  }

  [[nodiscard]] std::int64_t Length() const {
    return static_cast<std::int64_t>(stream->head.size() + stream->body.size());
  }
};

namespace {

using base::ErrorCode;
using base::Fail;

// libsndfile's view of a Stream: head and body as one file. No allocation, no exception, and no
// position outside [0, length], whatever the codec asks for.
template <typename Impl>
struct VirtualFile {
  static sf_count_t Length(void* user) { return static_cast<Impl*>(user)->Length(); }

  static sf_count_t Tell(void* user) { return static_cast<Impl*>(user)->position; }

  static sf_count_t Seek(sf_count_t offset, int whence, void* user) {
    auto& impl = *static_cast<Impl*>(user);
    const std::int64_t length = impl.Length();
    const std::int64_t origin = whence == SEEK_CUR   ? impl.position
                                : whence == SEEK_END ? length
                                                     : 0;
    impl.position = origin + std::clamp<std::int64_t>(offset, -origin, length - origin);
    return impl.position;
  }

  static sf_count_t Read(void* to, sf_count_t count, void* user) {
    auto& impl = *static_cast<Impl*>(user);
    auto* out = static_cast<std::byte*>(to);
    sf_count_t done = 0;
    const auto copy_from = [&](std::span<const std::byte> part, std::int64_t part_begin) {
      const std::int64_t part_end = part_begin + static_cast<std::int64_t>(part.size());
      if (done >= count || impl.position < part_begin || impl.position >= part_end) {
        return;
      }
      const std::int64_t step = std::min(count - done, part_end - impl.position);
      std::memcpy(out + done, part.data() + (impl.position - part_begin),
                  static_cast<std::size_t>(step));
      done += step;
      impl.position += step;
    };
    copy_from(impl.stream->head, 0);
    copy_from(impl.stream->body, static_cast<std::int64_t>(impl.stream->head.size()));
    return done;
  }

  static sf_count_t Write(const void* /*from*/, sf_count_t /*count*/, void* /*user*/) { return 0; }
};

}  // namespace

SoundReader::SoundReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SoundReader::SoundReader(SoundReader&&) noexcept = default;
SoundReader& SoundReader::operator=(SoundReader&&) noexcept = default;
SoundReader::~SoundReader() = default;

base::Result<SoundReader> SoundReader::Open(const Stream& stream) {
  auto impl = std::make_unique<Impl>();
  impl->stream = &stream;
  using File = VirtualFile<Impl>;
  SF_VIRTUAL_IO io{.get_filelen = File::Length,
                   .seek = File::Seek,
                   .read = File::Read,
                   .write = File::Write,
                   .tell = File::Tell};
  impl->file = sf_open_virtual(&io, SFM_READ, &impl->info, impl.get());
  if (impl->file == nullptr || impl->info.channels <= 0 || impl->info.samplerate <= 0) {
    return Fail(ErrorCode::kCorruptRecording,
                "The file is damaged: its sound could not be decoded. Export the recording again, "
                "or convert it to WAV.");
  }
  return SoundReader(std::move(impl));
}

int SoundReader::sample_rate_hz() const { return impl_->info.samplerate; }

int SoundReader::channels() const { return impl_->info.channels; }

std::size_t SoundReader::Read(std::span<double> block) {
  const auto frames = static_cast<sf_count_t>(block.size()) / impl_->info.channels;
  const sf_count_t read = sf_readf_double(impl_->file, block.data(), frames);
  impl_->damaged = impl_->damaged || sf_error(impl_->file) != SF_ERR_NO_ERROR;
  return static_cast<std::size_t>(std::clamp<sf_count_t>(read, 0, frames));
}

bool SoundReader::damaged() const { return impl_->damaged; }

}  // namespace heartbeat::audio
