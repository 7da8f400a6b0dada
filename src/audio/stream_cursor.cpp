#include "audio/stream_cursor.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "audio/bytes.h"

namespace heartbeat::audio {

std::int64_t StreamCursor::length() const {
  return static_cast<std::int64_t>(stream_->head.size() + stream_->body.size());
}

std::int64_t StreamCursor::Seek(std::int64_t offset, int whence) {
  const std::int64_t origin = whence == SEEK_CUR ? position_ : whence == SEEK_END ? length() : 0;
  position_ = origin + std::clamp<std::int64_t>(offset, -origin, length() - origin);
  return position_;
}

std::size_t StreamCursor::Read(std::span<std::byte> to) {
  const auto at = static_cast<std::size_t>(position_);
  const std::size_t head_bytes = stream_->head.size();
  const Bytes from_head = From(stream_->head, at);
  const Bytes from_body = From(stream_->body, at > head_bytes ? at - head_bytes : 0);
  std::size_t done = 0;
  for (const Bytes part : {from_head, from_body}) {
    const std::size_t step = std::min(part.size(), to.size() - done);
    if (step > 0) {
      std::memcpy(to.data() + done, part.data(), step);
      done += step;
    }
  }
  position_ += static_cast<std::int64_t>(done);
  return done;
}

}  // namespace heartbeat::audio
