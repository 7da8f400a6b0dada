#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>

#include "audio/recording.h"
#include "base/result.h"

namespace heartbeat::audio {

// Checked while decoding: no more memory is taken than a recording of `max_duration_s` needs at the
// sample rate that is asked for.
struct DecodeLimits {
  double min_duration_s = 1.0;
  double max_duration_s = 30 * 60.0;
  std::size_t max_file_bytes = 32U << 20;
  int min_sample_rate_hz = 500;
  int max_sample_rate_hz = 192'000;
};

// Decodes the bytes of a WAV (8/16/24/32-bit integer, 32/64-bit float, A-law, µ-law, extensible),
// FLAC, OGG (Vorbis, Opus) or MP3 file, told apart by content, mixes all channels to mono (their
// mean) and resamples to `sample_rate_hz` (see Resampler; 0: the file's own rate is kept).
// Thread-safe. Errors: kBodyTooLarge (file over max_file_bytes), kUnsupportedFormat
// (M4A/AAC and WebM are named in the message), kEmptyRecording, kRecordingTooShort,
// kRecordingTooLong, kSilentRecording, kNonFiniteSamples, kTruncatedRecording (cut off with under
// min_duration_s left), kCorruptRecording (a known format that does not decode or says nonsense,
// such as a sample rate out of range).
[[nodiscard]] base::Result<DecodedRecording> Decode(std::span<const std::byte> bytes,
                                                    const DecodeLimits& limits = {},
                                                    int sample_rate_hz = 0);

// Takes samples as they are decoded: the next of one channel, perhaps none, and their rate, which
// stays the same. An error ends the decoding with it.
using SampleTaker =
    std::function<base::Result<void>(std::span<const float> samples, int sample_rate_hz)>;
// The same for recordings that need not be held: all pieces together are what Decode gives. What is
// wrong with a recording may show after some of it was taken.
[[nodiscard]] base::Result<SourceInfo> DecodeInPieces(std::span<const std::byte> bytes,
                                                      const DecodeLimits& limits,
                                                      int sample_rate_hz, const SampleTaker& take);

// Same for a file. Errors: those of Decode and of base::ReadFile.
[[nodiscard]] base::Result<DecodedRecording> DecodeFile(const std::filesystem::path& path,
                                                        const DecodeLimits& limits = {},
                                                        int sample_rate_hz = 0);

}  // namespace heartbeat::audio
