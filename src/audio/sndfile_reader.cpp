#include <sndfile.h>

#include <algorithm>
#include <utility>

#include "audio/sound_reader.h"
#include "audio/stream_cursor.h"

namespace heartbeat::audio {
namespace {

StreamCursor& Cursor(void* user) { return *static_cast<StreamCursor*>(user); }

sf_count_t GetLength(void* user) { return Cursor(user).length(); }

sf_count_t Seek(sf_count_t offset, int whence, void* user) {
  return Cursor(user).Seek(offset, whence);
}

sf_count_t ReadBytes(void* to, sf_count_t count, void* user) {
  const auto bytes = static_cast<std::size_t>(std::max<sf_count_t>(count, 0));
  return static_cast<sf_count_t>(Cursor(user).Read({static_cast<std::byte*>(to), bytes}));
}

sf_count_t WriteBytes(const void* /*from*/, sf_count_t /*count*/, void* /*user*/) { return 0; }

sf_count_t Tell(void* user) { return Cursor(user).position(); }

class SndfileReader final : public SoundReader {
 public:
  explicit SndfileReader(const Stream& stream) : cursor_(stream) {
    SF_VIRTUAL_IO io{.get_filelen = GetLength,
                     .seek = Seek,
                     .read = ReadBytes,
                     .write = WriteBytes,
                     .tell = Tell};
    file_ = sf_open_virtual(&io, SFM_READ, &info_, &cursor_);
  }

  ~SndfileReader() override {
    if (file_ != nullptr) {
      sf_close(file_);
    }
  }

  [[nodiscard]] bool is_open() const {
    return file_ != nullptr && info_.channels > 0 && info_.samplerate > 0;
  }

  [[nodiscard]] int sample_rate_hz() const override { return info_.samplerate; }
  [[nodiscard]] int channels() const override { return info_.channels; }
  [[nodiscard]] bool damaged() const override { return damaged_; }

  [[nodiscard]] std::size_t Read(std::span<double> block) override {
    const auto frames = static_cast<sf_count_t>(block.size()) / info_.channels;
    const sf_count_t read = sf_readf_double(file_, block.data(), frames);
    damaged_ = damaged_ || sf_error(file_) != SF_ERR_NO_ERROR;
    return static_cast<std::size_t>(std::clamp<sf_count_t>(read, 0, frames));
  }

 private:
  StreamCursor cursor_;  // libsndfile keeps a pointer to it
  SF_INFO info_{};
  SNDFILE* file_ = nullptr;
  bool damaged_ = false;
};

}  // namespace

std::unique_ptr<SoundReader> OpenWithSndfile(const Stream& stream) {
  auto reader = std::make_unique<SndfileReader>(stream);
  return reader->is_open() ? std::move(reader) : nullptr;
}

}  // namespace heartbeat::audio
