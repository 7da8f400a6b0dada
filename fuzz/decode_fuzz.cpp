// Any bytes at all: Decode must not crash, hang or take much memory, and what it calls a recording
// must keep the promises of decode.h.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "audio/decode.h"

namespace {

void Require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace

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
