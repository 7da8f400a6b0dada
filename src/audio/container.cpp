#include "audio/container.h"

#include <array>
#include <string_view>

#include "audio/bytes.h"

namespace heartbeat::audio {
namespace {

using base::ErrorCode;
using base::Fail;

struct Magic {
  std::size_t offset;
  std::string_view tag;
  std::string_view name;
};

// Formats that people do send, so that the message can name what they have.
constexpr auto kNotRead = std::to_array<Magic>({
    {4, "ftyp", "an M4A/AAC, MP4 or 3GP"},
    {0, "ADIF", "an AAC"},
    {0, "\x1A\x45\xDF\xA3", "a WebM or Matroska"},
    {0, "FORM", "an AIFF"},
    {0, "caff", "a CAF"},
    {0, ".snd", "an AU"},
    {0, "riff\x2E\x91\xCF\x11", "a Wave64"},
    {0, "\x30\x26\xB2\x75", "a WMA or ASF"},
    {0, "#!AMR", "an AMR"},
    {0, "wvpk", "a WavPack"},
    {0, "MAC ", "a Monkey's Audio"},
    {0, "FLV\x01", "a Flash video"},
    {0, "\xFF\xD8\xFF", "a JPEG"},
    {0, "\x89PNG", "a PNG"},
    {0, "GIF8", "a GIF"},
    {0, "%PDF", "a PDF"},
    {0, "PK\x03\x04", "a ZIP"},
    {0, "\x1F\x8B", "a gzip"},
    {0, "MATLAB 5.0", "a MATLAB"},
    {128, "DICM", "a DICOM"},
});

std::unexpected<base::Error> NotRead(std::string_view name) {
  return Fail(ErrorCode::kUnsupportedFormat,
              "This is " + std::string(name) +
                  " file, which cannot be read. Convert it to WAV (or FLAC, OGG or MP3) and send "
                  "that.");
}

// ADTS: twelve sync bits and layer 0, which MPEG audio never has.
bool IsAdts(Bytes bytes) { return ByteAt(bytes, 0) == 0xFF && (ByteAt(bytes, 1) & 0xF6U) == 0xF0; }

}  // namespace

std::size_t Id3v2Bytes(std::span<const std::byte> bytes) {
  if (!HasTag(bytes, 0, "ID3") || bytes.size() < 10 || ByteAt(bytes, 3) == 0xFF ||
      ByteAt(bytes, 4) == 0xFF) {
    return 0;
  }
  std::size_t size = 0;
  for (std::size_t i = 6; i < 10; ++i) {
    const std::uint8_t byte = ByteAt(bytes, i);
    if (byte >= 0x80) {
      return 0;
    }
    size = size << 7U | byte;
  }
  const bool has_footer = (ByteAt(bytes, 5) & 0x10U) != 0;
  return 10 + size + (has_footer ? 10 : 0);
}

base::Result<Container> InspectContainer(std::span<const std::byte> bytes) {
  const std::size_t tag_bytes = Id3v2Bytes(bytes);
  if (tag_bytes > 0 && tag_bytes >= bytes.size()) {
    return Fail(ErrorCode::kTruncatedRecording,
                "The file is cut off before its sound begins. Copy or upload it again.");
  }
  const Bytes content = From(bytes, tag_bytes);
  if (HasTag(content, 0, "RIFF") || HasTag(content, 0, "RIFX") || HasTag(content, 0, "RF64") ||
      HasTag(content, 0, "BW64")) {
    return InspectWav(content);
  }
  if (HasTag(content, 0, "fLaC")) {
    return InspectFlac(content);
  }
  if (HasTag(content, 0, "OggS")) {
    return InspectOgg(content);
  }
  for (const Magic& magic : kNotRead) {
    if (HasTag(content, magic.offset, magic.tag)) {
      return NotRead(magic.name);
    }
  }
  if (IsAdts(content)) {
    return NotRead("an AAC (ADTS)");
  }
  if (const std::optional<std::size_t> begin = FindFirstMp3Frame(content)) {
    return InspectMp3(From(content, *begin));
  }
  return Fail(ErrorCode::kUnsupportedFormat,
              "This is not a sound file that can be read (WAV, FLAC, OGG and MP3 can). Convert the "
              "recording to WAV and send that.");
}

}  // namespace heartbeat::audio
