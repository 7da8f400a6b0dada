#include "audio/encode.h"

#include <sndfile.h>

#include <algorithm>
#include <cstring>

namespace heartbeat::audio {
namespace {

// libsndfile goes back to the header when it knows the length.
struct Sink {
  std::vector<std::byte> bytes;
  sf_count_t position = 0;
};

Sink& To(void* user) { return *static_cast<Sink*>(user); }

sf_count_t GetLength(void* user) { return static_cast<sf_count_t>(To(user).bytes.size()); }

sf_count_t Seek(sf_count_t offset, int whence, void* user) {
  const sf_count_t origin = whence == SEEK_CUR   ? To(user).position
                            : whence == SEEK_END ? GetLength(user)
                                                 : 0;
  return To(user).position = std::max<sf_count_t>(0, origin + offset);
}

sf_count_t Read(void* to, sf_count_t count, void* user) {
  Sink& sink = To(user);
  const sf_count_t step = std::clamp<sf_count_t>(GetLength(user) - sink.position, 0, count);
  if (step > 0) std::memcpy(to, sink.bytes.data() + sink.position, static_cast<std::size_t>(step));
  sink.position += step;
  return step;
}

sf_count_t Write(const void* from, sf_count_t count, void* user) {
  Sink& sink = To(user);
  const auto end = static_cast<std::size_t>(sink.position + count);
  sink.bytes.resize(std::max(sink.bytes.size(), end));
  std::memcpy(sink.bytes.data() + sink.position, from, static_cast<std::size_t>(count));
  sink.position += count;
  return count;
}

sf_count_t Tell(void* user) { return To(user).position; }

}  // namespace

base::Result<std::vector<std::byte>> EncodeWav(const Recording& recording) {
  if (recording.samples.empty() || recording.sample_rate_hz <= 0) {
    return base::Fail(base::ErrorCode::kInvalidArgument,
                      "A recording needs samples and a sample rate to be written.");
  }
  Sink sink;
  SF_VIRTUAL_IO io{
      .get_filelen = GetLength, .seek = Seek, .read = Read, .write = Write, .tell = Tell};
  SF_INFO info{};
  info.samplerate = recording.sample_rate_hz;
  info.channels = 1;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SNDFILE* file = sf_open_virtual(&io, SFM_WRITE, &info, &sink);
  const auto samples = static_cast<sf_count_t>(recording.samples.size());
  bool written = false;
  if (file != nullptr) {
    // Without it, what is beyond full scale wraps around to the other sign.
    sf_command(file, SFC_SET_CLIPPING, nullptr, SF_TRUE);
    written = sf_write_float(file, recording.samples.data(), samples) == samples;
    written = sf_close(file) == 0 && written;
  }
  if (!written) {
    return base::Fail(base::ErrorCode::kInternal, "The sound could not be written as WAV.");
  }
  return std::move(sink.bytes);
}

}  // namespace heartbeat::audio
