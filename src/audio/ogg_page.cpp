#include "audio/ogg_page.h"

#include <array>
#include <bit>

#include "audio/bytes.h"

namespace heartbeat::audio {
namespace {

constexpr std::size_t kHeaderBytes = 27;  // then one byte for each segment
constexpr std::size_t kChecksumAt = 22;

}  // namespace

std::optional<std::size_t> OggPageBytes(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderBytes || !HasTag(bytes, 0, "OggS") || ByteAt(bytes, 4) != 0) {
    return std::nullopt;
  }
  const std::size_t segments = ByteAt(bytes, 26);
  std::size_t size = kHeaderBytes + segments;
  for (std::size_t i = 0; i < segments; ++i) {
    size += ByteAt(bytes, kHeaderBytes + i);
  }
  return size;
}

std::uint32_t OggPageChecksum(std::span<const std::byte> page) {
  // CRC-32 with polynomial 0x04C11DB7, neither reflected nor inverted, over the page with its own
  // checksum read as 0.
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t value = 0; value < 256; ++value) {
      std::uint32_t crc = value << 24U;
      for (int bit = 0; bit < 8; ++bit) {
        crc = (crc & 0x80000000U) != 0 ? crc << 1U ^ 0x04C11DB7U : crc << 1U;
      }
      table[value] = crc;
    }
    return table;
  }();
  std::uint32_t crc = 0;
  for (std::size_t i = 0; i < page.size(); ++i) {
    const bool is_checksum = i >= kChecksumAt && i < kChecksumAt + 4;
    const auto byte = is_checksum ? 0U : std::to_integer<std::uint32_t>(page[i]);
    crc = crc << 8U ^ kTable[crc >> 24U ^ byte];
  }
  return crc;
}

std::optional<OggPage> ReadOggPage(std::span<const std::byte> bytes) {
  constexpr auto kOrder = std::endian::little;
  const std::optional<std::size_t> size = OggPageBytes(bytes);
  if (!size || *size > bytes.size() ||
      OggPageChecksum(bytes.first(*size)) !=
          ReadInteger<std::uint32_t>(bytes, kChecksumAt, kOrder)) {
    return std::nullopt;
  }
  return OggPage{.flags = ByteAt(bytes, 5),
                 .granule_position = ReadInteger<std::uint64_t>(bytes, 6, kOrder),
                 .serial = ReadInteger<std::uint32_t>(bytes, 14, kOrder),
                 .sequence = ReadInteger<std::uint32_t>(bytes, 18, kOrder),
                 .bytes = *size,
                 .body = bytes.subspan(kHeaderBytes + ByteAt(bytes, 26),
                                       *size - kHeaderBytes - ByteAt(bytes, 26))};
}

}  // namespace heartbeat::audio
