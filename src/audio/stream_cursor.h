#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "audio/container.h"

namespace heartbeat::audio {

// A Stream's head and body read as one file, for the callbacks of a codec. Never outside
// [0, length], whatever the codec asks for. The stream must outlive it.
class StreamCursor {
 public:
  explicit StreamCursor(const Stream& stream) : stream_(&stream) {}

  [[nodiscard]] std::int64_t length() const;
  [[nodiscard]] std::int64_t position() const { return position_; }

  // `whence` as of lseek. Returns the new position, clamped.
  std::int64_t Seek(std::int64_t offset, int whence);
  // Returns how many bytes were read: fewer than fit only at the end.
  std::size_t Read(std::span<std::byte> to);

 private:
  const Stream* stream_;
  std::int64_t position_ = 0;
};

}  // namespace heartbeat::audio
