#include <vorbis/vorbisfile.h>

#include <algorithm>
#include <utility>

#include "audio/sound_reader.h"
#include "audio/stream_cursor.h"

namespace heartbeat::audio {
namespace {

size_t ReadBytes(void* to, size_t size, size_t count, void* user) {
  auto& cursor = *static_cast<StreamCursor*>(user);
  return size == 0 ? 0 : cursor.Read({static_cast<std::byte*>(to), size * count}) / size;
}

class VorbisReader final : public SoundReader {
 public:
  explicit VorbisReader(const Stream& stream) : cursor_(stream) {
    // Without seeking, libvorbisfile takes the file as it comes, and asks it for no length.
    const ov_callbacks callbacks{
        .read_func = ReadBytes, .seek_func = nullptr, .close_func = nullptr, .tell_func = nullptr};
    is_open_ = ov_open_callbacks(&cursor_, &file_, nullptr, 0, callbacks) == 0;
    if (const vorbis_info* info = is_open_ ? ov_info(&file_, -1) : nullptr) {
      channels_ = info->channels;
      sample_rate_hz_ = info->rate;
    }
  }

  ~VorbisReader() override {
    if (is_open_) {
      ov_clear(&file_);
    }
  }

  [[nodiscard]] bool is_open() const { return is_open_ && channels_ > 0 && sample_rate_hz_ > 0; }
  [[nodiscard]] int sample_rate_hz() const override { return static_cast<int>(sample_rate_hz_); }
  [[nodiscard]] int channels() const override { return channels_; }
  [[nodiscard]] bool damaged() const override { return damaged_; }

  [[nodiscard]] std::size_t Read(std::span<double> block) override {
    const auto channels = static_cast<std::size_t>(channels_);
    const std::size_t wanted = block.size() / channels;
    std::size_t done = 0;
    while (done < wanted && !damaged_) {
      float** samples = nullptr;  // [channel, frame]
      int link = 0;
      const long read = ov_read_float(&file_, &samples, static_cast<int>(wanted - done), &link);
      if (read == 0) {
        break;
      }
      damaged_ = read < 0;
      for (std::size_t frame = 0; !damaged_ && frame < static_cast<std::size_t>(read); ++frame) {
        for (std::size_t channel = 0; channel < channels; ++channel) {
          block[(done + frame) * channels + channel] = samples[channel][frame];
        }
      }
      done += static_cast<std::size_t>(std::max(read, 0L));
    }
    return done;
  }

 private:
  StreamCursor cursor_;  // libvorbisfile keeps a pointer to it
  OggVorbis_File file_{};
  int channels_ = 0;
  long sample_rate_hz_ = 0;
  bool is_open_ = false;
  bool damaged_ = false;
};

}  // namespace

std::unique_ptr<SoundReader> OpenWithVorbisfile(const Stream& stream) {
  auto reader = std::make_unique<VorbisReader>(stream);
  return reader->is_open() ? std::move(reader) : nullptr;
}

}  // namespace heartbeat::audio
