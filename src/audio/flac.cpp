#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "audio/bytes.h"
#include "audio/container.h"

namespace heartbeat::audio {
namespace {

using base::ErrorCode;
using base::Fail;

// RFC 9639, 8.2: STREAMINFO.
constexpr std::size_t kStreamInfoBytes = 34;
constexpr std::size_t kStreamInfoAt = 8;  // behind "fLaC" and its own block header
constexpr std::uint8_t kLastBlock = 0x80;

// CRC-8 (polynomial 0x07) and CRC-16 (0x8005), most significant bit first, of RFC 9639, 9.1.8 and
// 9.3. Over data with its own checksum behind it, either is 0.
template <typename T, T kPolynomial>
constexpr std::array<T, 256> MakeCrcTable() {
  constexpr unsigned kBits = 8 * sizeof(T);
  std::array<T, 256> table{};
  for (unsigned value = 0; value < 256; ++value) {
    unsigned crc = value << (kBits - 8);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & (1U << (kBits - 1))) != 0 ? crc << 1U ^ kPolynomial : crc << 1U;
    }
    table[value] = static_cast<T>(crc);
  }
  return table;
}

std::uint8_t Crc8(Bytes bytes) {
  static constexpr auto kTable = MakeCrcTable<std::uint8_t, 0x07>();
  std::uint8_t crc = 0;
  for (const std::byte byte : bytes) {
    crc = kTable[crc ^ std::to_integer<std::uint8_t>(byte)];
  }
  return crc;
}

std::uint16_t Crc16(Bytes bytes) {
  static constexpr auto kTable = MakeCrcTable<std::uint16_t, 0x8005>();
  std::uint16_t crc = 0;
  for (const std::byte byte : bytes) {
    crc =
        static_cast<std::uint16_t>(crc << 8U ^ kTable[crc >> 8U ^ std::to_integer<unsigned>(byte)]);
  }
  return crc;
}

// Bytes of the frame header at `frame`, with its CRC-8; 0 if there is none.
std::size_t FrameHeaderBytes(Bytes frame) {
  if (ByteAt(frame, 0) != 0xFF || (ByteAt(frame, 1) & 0xFEU) != 0xF8) {
    return 0;
  }
  // The frame's number is coded as in UTF-8: as many leading ones as it has bytes.
  const int ones = std::countl_one(ByteAt(frame, 4));
  const unsigned block_size = ByteAt(frame, 2) >> 4U;
  const unsigned sample_rate = ByteAt(frame, 2) & 0x0FU;
  if (ones == 1 || ones > 7 || block_size == 0 || sample_rate == 15) {
    return 0;
  }
  std::size_t size = 4 + static_cast<std::size_t>(std::max(ones, 1));
  size += block_size == 6 ? 1 : block_size == 7 ? 2 : 0;
  size += sample_rate == 12 ? 1 : sample_rate == 13 || sample_rate == 14 ? 2 : 0;
  size += 1;
  return size <= frame.size() && Crc8(frame.first(size)) == 0 ? size : 0;
}

// Whether the last frame is whole: the only sign that a streamed FLAC, which does not know its
// length, was not cut off.
bool EndsWithWholeFrame(Bytes frames) {
  // A frame of 65,535 samples with 8 channels of 24 bits is 1.5 MiB; beyond that, and after so many
  // false starts as no real file has, the search gives up.
  constexpr std::size_t kMaxFrameBytes = 2U << 20;
  constexpr int kMaxTries = 64;
  const std::size_t stop = frames.size() > kMaxFrameBytes ? frames.size() - kMaxFrameBytes : 0;
  int tries = 0;
  for (std::size_t at = frames.size(); at > stop && tries < kMaxTries; --at) {
    const Bytes frame = frames.subspan(at - 1);
    if (FrameHeaderBytes(frame) > 0) {
      if (Crc16(frame) == 0) {
        return true;
      }
      ++tries;
    }
  }
  return false;
}

Bytes WithoutId3v1(Bytes bytes) {
  constexpr std::size_t kTagBytes = 128;
  const bool has_tag = bytes.size() >= kTagBytes && HasTag(bytes, bytes.size() - kTagBytes, "TAG");
  return has_tag ? bytes.first(bytes.size() - kTagBytes) : bytes;
}

std::unexpected<base::Error> EndsTooEarly() {
  return Fail(ErrorCode::kTruncatedRecording,
              "This FLAC file is cut off before its sound begins. Copy or upload it again.");
}

// STREAMINFO alone, as the last metadata block, with nothing that could prove wrong: no frame
// sizes, no number of samples, no MD5.
std::vector<std::byte> BuildHead(Bytes stream_info) {
  std::vector<std::byte> head{
      std::byte{'f'},        std::byte{'L'}, std::byte{'a'}, std::byte{'C'},
      std::byte{kLastBlock}, std::byte{0},   std::byte{0},   std::byte{kStreamInfoBytes}};
  head.insert(head.end(), stream_info.begin(), stream_info.end());
  const std::span<std::byte> info = std::span(head).subspan(kStreamInfoAt);
  std::ranges::fill(info.subspan(4, 6), std::byte{0});
  info[13] &= std::byte{0xF0};
  std::ranges::fill(info.subspan(14), std::byte{0});
  return head;
}

}  // namespace

base::Result<Container> InspectFlac(std::span<const std::byte> bytes) {
  if (bytes.size() < kStreamInfoAt + kStreamInfoBytes) {
    return EndsTooEarly();
  }
  const Bytes stream_info = bytes.subspan(kStreamInfoAt, kStreamInfoBytes);
  const bool begins_with_stream_info =
      (ByteAt(bytes, 4) & ~kLastBlock) == 0 &&
      ReadInteger<std::uint32_t>(bytes, 4, std::endian::big) % (1U << 24U) == kStreamInfoBytes;
  if (!begins_with_stream_info) {
    return Fail(ErrorCode::kCorruptRecording,
                "This FLAC file is damaged: it does not begin with a description of its sound. "
                "Export the recording again.");
  }
  const unsigned bits =
      (ReadInteger<std::uint16_t>(stream_info, 12, std::endian::big) >> 4U & 0x1FU) + 1;
  if (bits != 8 && bits != 16 && bits != 24) {
    return Fail(ErrorCode::kUnsupportedFormat,
                "This FLAC file has " + std::to_string(bits) +
                    " bits a sample; 8, 16 and 24 can be read. Convert it to WAV and send that.");
  }
  std::size_t at = 4;
  for (bool is_last = false; !is_last;) {
    if (bytes.size() - at < 4) {
      return EndsTooEarly();
    }
    is_last = (ByteAt(bytes, at) & kLastBlock) != 0;
    const std::size_t size = ReadInteger<std::uint32_t>(bytes, at, std::endian::big) % (1U << 24U);
    at += 4;
    if (size > bytes.size() - at) {
      return EndsTooEarly();
    }
    at += size;
  }
  const Bytes frames = WithoutId3v1(From(bytes, at));
  const std::uint64_t total_samples =
      ReadInteger<std::uint64_t>(stream_info, 10, std::endian::big) &
      ((std::uint64_t{1} << 36U) - 1);
  Container container{.format = "FLAC"};
  container.streams.push_back({.head = BuildHead(stream_info), .body = frames});
  if (total_samples > 0) {
    container.declared_frames = total_samples;
  } else {
    container.truncated = !frames.empty() && !EndsWithWholeFrame(frames);
  }
  return container;
}

}  // namespace heartbeat::audio
