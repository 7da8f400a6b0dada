// Any bytes at all: Decode must not crash, hang or take much memory, and what it calls a recording
// must keep the promises of decode.h.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "audio/decode.h"
#include "audio/ogg_page.h"

namespace {

void Require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

// Without right checksums no changed OGG page gets past the container, and its codec would go
// unfuzzed.
void RepairOggChecksums(std::span<std::byte> bytes) {
  namespace audio = heartbeat::audio;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto size = audio::OggPageBytes(bytes.subspan(at));
    if (!size || *size > bytes.size() - at) {
      return;
    }
    const std::uint32_t checksum = audio::OggPageChecksum(bytes.subspan(at, *size));
    for (std::size_t i = 0; i < 4; ++i) {
      bytes[at + 22 + i] = static_cast<std::byte>(checksum >> (8 * i));
    }
    at += *size;
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  const std::size_t mutated = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 != 0) {
    RepairOggChecksums(std::as_writable_bytes(std::span(data, mutated)));
  }
  return mutated;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const heartbeat::audio::DecodeLimits limits{.min_duration_s = 0.1, .max_duration_s = 5};
  const auto decoded = heartbeat::audio::Decode(std::as_bytes(std::span(data, size)), limits);
  if (!decoded) {
    Require(!decoded.error().message.empty());
    Require(decoded.error().code != heartbeat::base::ErrorCode::kInternal);
    return 0;
  }
  const auto& recording = decoded->recording;
  Require(recording.sample_rate_hz >= limits.min_sample_rate_hz);
  Require(recording.sample_rate_hz <= limits.max_sample_rate_hz);
  Require(recording.DurationSeconds() >= limits.min_duration_s);
  Require(recording.DurationSeconds() <= limits.max_duration_s);
  for (const float sample : recording.samples) {
    Require(std::isfinite(sample));
  }
  return 0;
}
