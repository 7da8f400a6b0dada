#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "audio/bytes.h"
#include "audio/container.h"

namespace heartbeat::audio {
namespace {

using base::ErrorCode;
using base::Fail;

// WAVE format tags (RFC 2361).
constexpr std::uint16_t kPcm = 1;
constexpr std::uint16_t kFloat = 3;
constexpr std::uint16_t kALaw = 6;
constexpr std::uint16_t kMuLaw = 7;
constexpr std::uint16_t kExtensible = 0xFFFE;

constexpr std::uint32_t kUnknownSize = 0xFFFFFFFF;  // written by who cannot seek back
constexpr std::size_t kHeadBytes = 44;

struct Format {
  std::uint16_t tag = 0;
  std::uint16_t channels = 0;
  std::uint32_t sample_rate_hz = 0;
  std::uint16_t sample_bytes = 0;

  [[nodiscard]] std::size_t FrameBytes() const {
    return static_cast<std::size_t>(channels) * sample_bytes;
  }
};

std::unexpected<base::Error> Corrupt(std::string_view what) {
  return Fail(ErrorCode::kCorruptRecording,
              "This WAV file is damaged: " + std::string(what) + ". Export the recording again.");
}

std::unexpected<base::Error> EndsTooEarly() {
  return Fail(ErrorCode::kTruncatedRecording,
              "This WAV file is cut off before its sound begins. Copy or upload it again.");
}

std::string CodingName(std::uint16_t tag) {
  switch (tag) {
    case 0x0002:
      return "Microsoft ADPCM";
    case 0x0011:
      return "IMA ADPCM";
    case 0x0031:
      return "GSM 6.10";
    case 0x0050:
    case 0x0055:
      return "MPEG audio";
    case 0x00FF:
    case 0x1610:
      return "AAC";
    case 0x0160:
    case 0x0161:
      return "Windows Media Audio";
    default:
      return "number " + std::to_string(tag);
  }
}

// The tag that WAVE_FORMAT_EXTENSIBLE hides in its sub-format GUID; kExtensible if it is no such.
std::uint16_t ExtensibleTag(Bytes chunk, std::endian order) {
  constexpr std::string_view kGuidTail("\x80\x00\x00\xAA\x00\x38\x9B\x71", 8);
  const auto data1 = ReadInteger<std::uint32_t>(chunk, 24, order);
  const auto data2 = ReadInteger<std::uint16_t>(chunk, 28, order);
  const auto data3 = ReadInteger<std::uint16_t>(chunk, 30, order);
  const bool is_wave =
      data1 <= 0xFFFF && data2 == 0 && data3 == 0x10 && HasTag(chunk, 32, kGuidTail);
  return is_wave ? static_cast<std::uint16_t>(data1) : kExtensible;
}

base::Result<Format> ParseFormat(Bytes chunk, std::endian order) {
  if (chunk.size() < 16) {
    return Corrupt("its format description is too short");
  }
  Format format;
  format.tag = ReadInteger<std::uint16_t>(chunk, 0, order);
  format.channels = ReadInteger<std::uint16_t>(chunk, 2, order);
  format.sample_rate_hz = ReadInteger<std::uint32_t>(chunk, 4, order);
  const auto frame_bytes = ReadInteger<std::uint16_t>(chunk, 12, order);
  const auto bits = ReadInteger<std::uint16_t>(chunk, 14, order);
  if (format.tag == kExtensible) {
    format.tag = ExtensibleTag(chunk, order);
  }
  if (format.tag != kPcm && format.tag != kFloat && format.tag != kALaw && format.tag != kMuLaw) {
    return Fail(ErrorCode::kUnsupportedFormat,
                "The sound in this WAV file is compressed (coding " + CodingName(format.tag) +
                    "), which cannot be read. Save it as 16-bit PCM and send that.");
  }
  if (format.channels == 0) {
    return Corrupt("it says that it has no channel");
  }
  const int max_bits = format.tag == kPcm ? 32 : format.tag == kFloat ? 64 : 8;
  const int min_bits = format.tag == kPcm ? 1 : format.tag == kFloat ? 32 : 8;
  if (bits < min_bits || bits > max_bits || (format.tag == kFloat && bits % 32 != 0)) {
    return Corrupt("it says that a sample has " + std::to_string(bits) + " bits");
  }
  format.sample_bytes = static_cast<std::uint16_t>((bits + 7) / 8);
  // 20 or 24 valid bits may lie, left-justified, in a container of 32; the frame size tells.
  const int container_bytes = frame_bytes / format.channels;
  if (format.tag == kPcm && frame_bytes % format.channels == 0 &&
      container_bytes > format.sample_bytes && container_bytes <= 4 && bits > 8) {
    format.sample_bytes = static_cast<std::uint16_t>(container_bytes);
  }
  return format;
}

template <std::unsigned_integral T>
void Put(std::vector<std::byte>& out, T value, std::endian order) {
  const T ordered = order == std::endian::native ? value : std::byteswap(value);
  const auto raw = std::bit_cast<std::array<std::byte, sizeof(T)>>(ordered);
  out.insert(out.end(), raw.begin(), raw.end());
}

void Put(std::vector<std::byte>& out, std::string_view tag) {
  std::ranges::transform(tag, std::back_inserter(out),
                         [](char c) { return static_cast<std::byte>(c); });
}

// The plainest header for the same samples, its sizes counted by us.
std::vector<std::byte> BuildHead(const Format& format, std::uint32_t data_bytes,
                                 std::endian order) {
  std::vector<std::byte> head;
  head.reserve(kHeadBytes);
  const auto frame_bytes = static_cast<std::uint16_t>(format.FrameBytes());
  Put(head, order == std::endian::little ? "RIFF" : "RIFX");
  Put<std::uint32_t>(head, data_bytes + static_cast<std::uint32_t>(kHeadBytes) - 8, order);
  Put(head, "WAVEfmt ");
  Put<std::uint32_t>(head, 16, order);
  Put<std::uint16_t>(head, format.tag, order);
  Put<std::uint16_t>(head, format.channels, order);
  Put<std::uint32_t>(head, format.sample_rate_hz, order);
  Put<std::uint32_t>(head, format.sample_rate_hz * frame_bytes, order);
  Put<std::uint16_t>(head, frame_bytes, order);
  Put<std::uint16_t>(head, static_cast<std::uint16_t>(format.sample_bytes * 8), order);
  Put(head, "data");
  Put<std::uint32_t>(head, data_bytes, order);
  return head;
}

bool LooksLikeChunk(Bytes bytes, std::size_t offset) {
  if (offset + 8 > bytes.size()) {
    return false;
  }
  return std::ranges::all_of(bytes.subspan(offset, 4),
                             [](std::byte b) { return b >= std::byte{32} && b < std::byte{127}; });
}

// Chunks begin at even offsets, but some writers forget the padding byte.
std::size_t NextChunk(Bytes bytes, std::size_t body, std::uint64_t size) {
  const std::uint64_t left = bytes.size() - body;
  if (size >= left) {
    return bytes.size();
  }
  const std::size_t end = body + static_cast<std::size_t>(size);
  const auto is_common = [&](std::size_t at) {
    return HasTag(bytes, at, "data") || HasTag(bytes, at, "fact") || HasTag(bytes, at, "LIST");
  };
  const bool padded = size % 2 != 0 && (is_common(end + 1) || !LooksLikeChunk(bytes, end));
  return end + (padded ? 1 : 0);
}

struct Data {
  std::size_t begin = 0;
  std::uint64_t declared_bytes = 0;
  bool open_ended = false;  // written as a stream: reaches to the end of the file
};

// A writer that cannot seek leaves 0 or 0xFFFFFFFF behind. A recording that really is empty has a
// RIFF size that agrees with the file, and chunks or nothing behind its data.
bool IsOpenEnded(Bytes bytes, const Data& data, std::uint32_t riff_size) {
  if (data.declared_bytes == kUnknownSize) {
    return true;
  }
  if (data.declared_bytes != 0 || data.begin >= bytes.size()) {
    return false;
  }
  const bool riff_agrees = riff_size != kUnknownSize && riff_size + std::uint64_t{8} > data.begin;
  return !(riff_agrees && LooksLikeChunk(bytes, data.begin));
}

base::Result<Container> BuildContainer(Bytes bytes, const Format& format, const Data& data,
                                       std::endian order) {
  const std::uint64_t present = bytes.size() - data.begin;
  const std::uint64_t heard = data.open_ended ? present : std::min(present, data.declared_bytes);
  const std::uint64_t whole = heard - heard % format.FrameBytes();
  if (whole > kUnknownSize - kHeadBytes) {
    return Fail(ErrorCode::kRecordingTooLong,
                "This WAV file holds over 4 GiB of samples. Cut out the part to be heard.");
  }
  Container container{.format = "WAV"};
  container.truncated = !data.open_ended && data.declared_bytes > present;
  container.streams.push_back({.head = BuildHead(format, static_cast<std::uint32_t>(whole), order),
                               .body = bytes.subspan(data.begin, static_cast<std::size_t>(whole))});
  return container;
}

}  // namespace

base::Result<Container> InspectWav(std::span<const std::byte> bytes) {
  if (bytes.size() < 12) {
    return EndsTooEarly();
  }
  if (!HasTag(bytes, 8, "WAVE")) {
    return Fail(ErrorCode::kUnsupportedFormat,
                "This is a RIFF file, but no WAV (an AVI film or a WebP picture, perhaps). Convert "
                "its sound to WAV and send that.");
  }
  const std::endian order = HasTag(bytes, 0, "RIFX") ? std::endian::big : std::endian::little;
  const bool has_64_bit_sizes = HasTag(bytes, 0, "RF64") || HasTag(bytes, 0, "BW64");
  const auto riff_size = ReadInteger<std::uint32_t>(bytes, 4, order);
  std::uint64_t ds64_data_bytes = 0;
  std::optional<Format> format;
  for (std::size_t at = 12; at + 8 <= bytes.size();) {
    const auto size = ReadInteger<std::uint32_t>(bytes, at + 4, order);
    const std::size_t body = at + 8;
    if (HasTag(bytes, at, "data")) {
      if (!format) {
        return Corrupt("its samples come before their format is described");
      }
      Data data{.begin = body, .declared_bytes = size};
      data.open_ended = IsOpenEnded(bytes, data, riff_size);
      constexpr std::uint64_t kUnknown64 = UINT64_MAX;
      if (has_64_bit_sizes && size == kUnknownSize && ds64_data_bytes != 0 &&
          ds64_data_bytes != kUnknown64) {
        data.declared_bytes = ds64_data_bytes;
        data.open_ended = false;
      }
      return BuildContainer(bytes, *format, data, order);
    }
    if (size > bytes.size() - body) {
      return EndsTooEarly();
    }
    if (HasTag(bytes, at, "fmt ")) {
      auto parsed = ParseFormat(bytes.subspan(body, size), order);
      if (!parsed) {
        return Fail(parsed);
      }
      format = *parsed;
    } else if (HasTag(bytes, at, "ds64") && has_64_bit_sizes) {
      ds64_data_bytes = ReadInteger<std::uint64_t>(bytes, body + 8, order);
    }
    at = NextChunk(bytes, body, size);
  }
  return EndsTooEarly();
}

}  // namespace heartbeat::audio
