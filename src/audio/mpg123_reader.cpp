#include <mpg123.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "audio/sound_reader.h"
#include "audio/stream_cursor.h"

namespace heartbeat::audio {
namespace {

ssize_t ReadBytes(void* user, void* to, size_t count) {
  auto& cursor = *static_cast<StreamCursor*>(user);
  return static_cast<ssize_t>(cursor.Read({static_cast<std::byte*>(to), count}));
}

off_t Seek(void* user, off_t offset, int whence) {
  return static_cast<StreamCursor*>(user)->Seek(offset, whence);
}

class Mpg123Reader final : public SoundReader {
 public:
  explicit Mpg123Reader(const Stream& stream) : cursor_(stream) {
    handle_ = mpg123_new(nullptr, nullptr);
    is_open_ = handle_ != nullptr && Configure() && Begin();
  }

  ~Mpg123Reader() override { mpg123_delete(handle_); }

  [[nodiscard]] bool is_open() const { return is_open_; }
  [[nodiscard]] int sample_rate_hz() const override { return static_cast<int>(sample_rate_hz_); }
  [[nodiscard]] int channels() const override { return channels_; }
  [[nodiscard]] bool damaged() const override { return damaged_; }

  [[nodiscard]] std::size_t Read(std::span<double> block) override {
    samples_.resize(block.size());
    std::size_t bytes = 0;
    if (!damaged_) {
      const int status =
          mpg123_read(handle_, samples_.data(), samples_.size() * sizeof(float), &bytes);
      damaged_ = status != MPG123_OK && status != MPG123_DONE;
    }
    const std::size_t samples = std::min(bytes / sizeof(float), samples_.size());
    std::copy_n(samples_.begin(), samples, block.begin());
    return samples / static_cast<std::size_t>(channels_);
  }

 private:
  // The stream holds nothing but frames, hence no search for tags.
  bool Configure() {
    constexpr long kFlags =
        MPG123_QUIET | MPG123_FORCE_FLOAT | MPG123_GAPLESS | MPG123_SKIP_ID3V2 | MPG123_NO_PEEK_END;
    return mpg123_param(handle_, MPG123_REMOVE_FLAGS, MPG123_AUTO_RESAMPLE, 0) == MPG123_OK &&
           mpg123_param(handle_, MPG123_ADD_FLAGS, kFlags, 0) == MPG123_OK &&
           mpg123_replace_reader_handle(handle_, ReadBytes, Seek, nullptr) == MPG123_OK;
  }

  bool Begin() {
    int encoding = 0;
    return mpg123_open_handle(handle_, &cursor_) == MPG123_OK &&
           mpg123_getformat(handle_, &sample_rate_hz_, &channels_, &encoding) == MPG123_OK &&
           encoding == MPG123_ENC_FLOAT_32 && channels_ > 0 && sample_rate_hz_ > 0;
  }

  StreamCursor cursor_;  // libmpg123 keeps a pointer to it
  mpg123_handle* handle_ = nullptr;
  long sample_rate_hz_ = 0;
  int channels_ = 0;
  std::vector<float> samples_;
  bool is_open_ = false;
  bool damaged_ = false;
};

}  // namespace

std::unique_ptr<SoundReader> OpenWithMpg123(const Stream& stream) {
  auto reader = std::make_unique<Mpg123Reader>(stream);
  return reader->is_open() ? std::move(reader) : nullptr;
}

}  // namespace heartbeat::audio
