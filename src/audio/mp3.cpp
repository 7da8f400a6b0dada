#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "audio/bytes.h"
#include "audio/container.h"

namespace heartbeat::audio {
namespace {

using base::ErrorCode;
using base::Fail;

// The header of a frame of MPEG-1, 2 or 2.5 audio, layer III (ISO/IEC 11172-3, 2.4.1.3).
struct FrameHeader {
  bool is_mpeg1 = false;
  bool is_mono = false;
  bool has_crc = false;
  int sample_rate_hz = 0;
  std::size_t bytes = 0;  // of the whole frame

  [[nodiscard]] bool SameSound(const FrameHeader& other) const {
    return is_mpeg1 == other.is_mpeg1 && is_mono == other.is_mono &&
           sample_rate_hz == other.sample_rate_hz;
  }
  [[nodiscard]] std::size_t SideInfoBytes() const {
    return is_mpeg1 ? (is_mono ? 17 : 32) : (is_mono ? 9 : 17);
  }
};

constexpr std::size_t kHeaderBytes = 4;
constexpr std::size_t kMaxJunkBytes = 64U << 10;

std::optional<FrameHeader> ReadFrameHeader(Bytes bytes) {
  const auto word = ReadInteger<std::uint32_t>(bytes, 0, std::endian::big);
  const unsigned version = word >> 19U & 3U;  // 0: 2.5, 2: 2, 3: 1
  const unsigned layer = word >> 17U & 3U;    // 1: III
  const unsigned bitrate = word >> 12U & 15U;
  const unsigned rate = word >> 10U & 3U;
  const bool is_sync = word >> 21U == 0x7FF;
  // Free format (bitrate 0) does not say how long its frames are; nobody records in it.
  if (!is_sync || version == 1 || layer != 1 || bitrate == 0 || bitrate == 15 || rate == 3 ||
      (word & 3U) == 2) {
    return std::nullopt;
  }
  static constexpr std::array<int, 15> kMpeg1Kbps{0,   32,  40,  48,  56,  64,  80, 96,
                                                  112, 128, 160, 192, 224, 256, 320};
  static constexpr std::array<int, 15> kMpeg2Kbps{0,  8,  16, 24,  32,  40,  48, 56,
                                                  64, 80, 96, 112, 128, 144, 160};
  static constexpr std::array<int, 3> kMpeg1Hz{44100, 48000, 32000};
  FrameHeader header;
  header.is_mpeg1 = version == 3;
  header.is_mono = (word >> 6U & 3U) == 3;
  header.has_crc = (word >> 16U & 1U) == 0;
  header.sample_rate_hz = kMpeg1Hz[rate] / (version == 3 ? 1 : version == 2 ? 2 : 4);
  const int kbps = header.is_mpeg1 ? kMpeg1Kbps[bitrate] : kMpeg2Kbps[bitrate];
  const int bytes_of_slots = (header.is_mpeg1 ? 144 : 72) * kbps * 1000 / header.sample_rate_hz;
  const bool is_padded = (word >> 9U & 1U) != 0;
  header.bytes = static_cast<std::size_t>(bytes_of_slots) + (is_padded ? 1 : 0);
  return header;
}

// How many frames of one kind follow each other, counting up to `enough`; the last may be cut off.
int CountFrames(Bytes bytes, int enough) {
  const std::optional<FrameHeader> first = ReadFrameHeader(bytes);
  int count = 0;
  for (std::size_t at = 0; first && count < enough; ++count) {
    const std::optional<FrameHeader> header = ReadFrameHeader(From(bytes, at));
    if (!header || !header->SameSound(*first)) {
      break;
    }
    at += header->bytes;
  }
  return count;
}

// What an encoder notes in the first frame (Xing, Info or VBRI), which holds no sound.
struct EncoderNote {
  std::uint32_t declared_frames = 0;  // 0: not said
  std::uint32_t delay_padding = 0;    // 12 bits each: samples to drop at the start and at the end
};

std::optional<EncoderNote> ReadEncoderNote(Bytes frame, const FrameHeader& header) {
  constexpr auto kOrder = std::endian::big;
  constexpr std::size_t kVbriAt = kHeaderBytes + 32;
  if (HasTag(frame, kVbriAt, "VBRI")) {
    return EncoderNote{.declared_frames = ReadInteger<std::uint32_t>(frame, kVbriAt + 14, kOrder)};
  }
  std::size_t at = kHeaderBytes + (header.has_crc ? 2 : 0) + header.SideInfoBytes();
  if (!HasTag(frame, at, "Xing") && !HasTag(frame, at, "Info")) {
    return std::nullopt;
  }
  const auto flags = ReadInteger<std::uint32_t>(frame, at + 4, kOrder);
  at += 8;
  EncoderNote note;
  if ((flags & 1U) != 0) {
    note.declared_frames = ReadInteger<std::uint32_t>(frame, at, kOrder);
    at += 4;
  }
  at += ((flags & 2U) != 0 ? 4 : 0) + ((flags & 4U) != 0 ? 100 : 0) + ((flags & 8U) != 0 ? 4 : 0);
  if (ByteAt(frame, at) != 0) {  // the encoder's name: LAME's extension is there
    note.delay_padding = ReadInteger<std::uint32_t>(frame, at + 20, kOrder) & 0xFFFFFFU;
  }
  return note;
}

// An Info frame that says the truth, for the decoder to take its length and gapless trimming from:
// without one it guesses the length of a recording with variable bitrate, and stops there.
std::vector<std::byte> BuildInfoFrame(Bytes first_frame, std::uint32_t frames,
                                      std::uint32_t delay_padding) {
  std::array<std::byte, kHeaderBytes> raw{};
  std::ranges::copy(first_frame.first(kHeaderBytes), raw.begin());
  raw[1] |= std::byte{1};                                 // no CRC
  raw[2] = (raw[2] & std::byte{0x0D}) | std::byte{0xE0};  // the highest bitrate, no padding
  const std::optional<FrameHeader> header = ReadFrameHeader(raw);
  std::vector<std::byte> frame(header ? header->bytes : 0);
  const auto put = [&frame](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) {
      frame.at(at + i) = static_cast<std::byte>(value >> (24 - 8 * i));
    }
  };
  if (frame.empty()) {
    return frame;
  }
  std::ranges::copy(raw, frame.begin());
  const std::size_t at = kHeaderBytes + header->SideInfoBytes();
  put(at, 0x496E666F);  // "Info"
  put(at + 4, 1);       // only the number of frames follows
  put(at + 8, frames);
  if (delay_padding != 0) {
    put(at + 12, 0x4C414D45);  // "LAME"
    put(at + 32, delay_padding);
  }
  return frame;
}

// ID3v1, APEv2, Lyrics3 and plain padding end a whole file; so does anything else behind which no
// frames come any more, unless it begins like a frame: then that frame was cut off.
bool IsTrailer(Bytes rest, const FrameHeader& first) {
  if (rest.empty() || HasTag(rest, 0, "TAG") || HasTag(rest, 0, "APETAGEX") ||
      HasTag(rest, 0, "LYRICSBEGIN")) {
    return true;
  }
  if (ByteAt(rest, 0) == 0xFF && (rest.size() < kHeaderBytes || ReadFrameHeader(rest))) {
    return false;
  }
  for (std::size_t at = 1; at < std::min(rest.size(), kMaxJunkBytes); ++at) {
    const Bytes candidate = rest.subspan(at);
    const std::optional<FrameHeader> header = ReadFrameHeader(candidate);
    if (header && header->SameSound(first) && CountFrames(candidate, 3) == 3) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<std::size_t> FindFirstMp3Frame(std::span<const std::byte> bytes) {
  // At the very start two frames are enough, or one that the file ends in.
  if (const std::optional<FrameHeader> header = ReadFrameHeader(bytes)) {
    if (CountFrames(bytes, 2) == 2 || header->bytes >= bytes.size()) {
      return 0;
    }
  }
  for (std::size_t at = 1; at < std::min(bytes.size(), kMaxJunkBytes); ++at) {
    if (ByteAt(bytes, at) == 0xFF && CountFrames(bytes.subspan(at), 4) == 4) {
      return at;
    }
  }
  return std::nullopt;
}

base::Result<Container> InspectMp3(std::span<const std::byte> bytes) {
  const std::optional<FrameHeader> first = ReadFrameHeader(bytes);
  if (!first || first->bytes > bytes.size()) {
    return Fail(ErrorCode::kTruncatedRecording,
                "This MP3 file is cut off before its sound begins. Copy or upload it again.");
  }
  const std::optional<EncoderNote> note = ReadEncoderNote(bytes.first(first->bytes), *first);
  const std::size_t begin = note ? first->bytes : 0;
  std::size_t end = begin;
  std::uint32_t frames = 0;
  for (;;) {
    const Bytes rest = From(bytes, end);
    const std::optional<FrameHeader> header = ReadFrameHeader(rest);
    if (!header || !header->SameSound(*first) || header->bytes > rest.size()) {
      break;
    }
    end += header->bytes;
    ++frames;
  }
  Container container{.format = "MP3"};
  // Some encoders count the frame of the note too.
  const bool lacks_frames = note && note->declared_frames > frames + std::uint64_t{1};
  container.truncated = lacks_frames || !IsTrailer(From(bytes, end), *first);
  // What a cut file has at its end is sound, not the encoder's padding.
  const std::uint32_t delay_padding = !note                 ? 0
                                      : container.truncated ? note->delay_padding & 0xFFF000U
                                                            : note->delay_padding;
  container.streams.push_back({.codec = Codec::kMp3,
                               .head = BuildInfoFrame(bytes, frames, delay_padding),
                               .body = bytes.subspan(begin, end - begin)});
  return container;
}

}  // namespace heartbeat::audio
