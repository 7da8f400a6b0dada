#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace heartbeat::audio {

enum class Codec { kMp3, kVorbis, kOther };

// One stream of sound as the codec is shown it: a header that we rebuilt (so that no length which
// the file claims, and no tag or picture in it, reaches the codec), then bytes of the file.
struct Stream {
  Codec codec = Codec::kOther;
  std::vector<std::byte> head = {};
  std::span<const std::byte> body = {};  // of the caller's bytes: must outlive this
};

// What a file is, judged by its content, and whether all of it is there.
struct Container {
  std::string format = {};           // as SourceInfo::format
  std::vector<Stream> streams = {};  // [stream]: to be decoded one after the other
  bool truncated = false;  // cut off, or damaged in the middle: the streams end before that
  // Frames that the header promises, where the container cannot tell by itself that some are
  // missing. Never used to allocate.
  std::optional<std::uint64_t> declared_frames = {};
};

// Looks at the structure of `bytes`, not at the sound. Errors: kUnsupportedFormat (nothing we know;
// common formats are named), kTruncatedRecording (ends before its sound begins),
// kCorruptRecording, kEmptyRecording, kRecordingTooLong (a WAV with more samples than a WAV header
// can count).
[[nodiscard]] base::Result<Container> InspectContainer(std::span<const std::byte> bytes);

// The same for a file whose first bytes were recognised already: "RIFF", "RIFX" or "RF64"; "fLaC";
// "OggS"; an MPEG audio frame (FindFirstMp3Frame). Errors: those of InspectContainer.
[[nodiscard]] base::Result<Container> InspectWav(std::span<const std::byte> bytes);
[[nodiscard]] base::Result<Container> InspectFlac(std::span<const std::byte> bytes);
[[nodiscard]] base::Result<Container> InspectOgg(std::span<const std::byte> bytes);
[[nodiscard]] base::Result<Container> InspectMp3(std::span<const std::byte> bytes);

// Where the MPEG audio begins: at 0, or behind up to 64 KiB of something else if several frames
// then follow each other. None: this is not MPEG audio.
[[nodiscard]] std::optional<std::size_t> FindFirstMp3Frame(std::span<const std::byte> bytes);

// Bytes of the ID3v2 tag at the start (it may reach past the end), 0 if there is none.
[[nodiscard]] std::size_t Id3v2Bytes(std::span<const std::byte> bytes);

}  // namespace heartbeat::audio
