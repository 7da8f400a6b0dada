#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "audio/container.h"
#include "base/result.h"

namespace heartbeat::audio {

// Decodes one Stream, block by block. The stream and the bytes that it points into must outlive it.
class SoundReader {
 public:
  // Errors: kCorruptRecording (the codec refuses it).
  [[nodiscard]] static base::Result<SoundReader> Open(const Stream& stream);

  SoundReader(SoundReader&&) noexcept;
  SoundReader& operator=(SoundReader&&) noexcept;
  ~SoundReader();

  [[nodiscard]] int sample_rate_hz() const;
  [[nodiscard]] int channels() const;

  // Fills `block` [frame, channel] and returns the number of frames read: fewer than fit only at
  // the end, 0 behind it. `block` must hold a whole number of frames.
  [[nodiscard]] std::size_t Read(std::span<double> block);

  // True once the codec met bytes that it could not decode: nothing in the block during which that
  // happened, nor behind it, is sure to stand where it belongs.
  [[nodiscard]] bool damaged() const;

 private:
  struct Impl;
  explicit SoundReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace heartbeat::audio
