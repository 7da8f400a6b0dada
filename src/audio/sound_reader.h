#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "audio/container.h"
#include "base/result.h"

namespace heartbeat::audio {

// Decodes one Stream, block by block.
class SoundReader {
 public:
  SoundReader() = default;
  SoundReader(const SoundReader&) = delete;
  SoundReader& operator=(const SoundReader&) = delete;
  virtual ~SoundReader() = default;

  [[nodiscard]] virtual int sample_rate_hz() const = 0;
  [[nodiscard]] virtual int channels() const = 0;

  // Fills `block` [frame, channel] and returns the number of frames read: fewer than fit only at
  // the end, 0 behind it. `block` must hold a whole number of frames.
  [[nodiscard]] virtual std::size_t Read(std::span<double> block) = 0;

  // True once the codec met bytes that it could not decode: nothing in the block during which that
  // happened, nor behind it, is sure to stand where it belongs.
  [[nodiscard]] virtual bool damaged() const = 0;
};

// The stream and the bytes that it points into must outlive the reader. Errors: kCorruptRecording
// (the codec refuses it).
[[nodiscard]] base::Result<std::unique_ptr<SoundReader>> OpenStream(const Stream& stream);

// The same by one library; none if it refuses.
[[nodiscard]] std::unique_ptr<SoundReader> OpenWithSndfile(const Stream& stream);
// libsndfile would let libmpg123 write a line to standard error for each damaged frame: a client
// could fill the log with that.
[[nodiscard]] std::unique_ptr<SoundReader> OpenWithMpg123(const Stream& stream);
// libsndfile 1.2 leaks what it has read of the headers of a Vorbis stream that it then refuses: a
// client could fill the memory with that.
[[nodiscard]] std::unique_ptr<SoundReader> OpenWithVorbisfile(const Stream& stream);

}  // namespace heartbeat::audio
