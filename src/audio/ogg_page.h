#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace heartbeat::audio {

// One page of an OGG file (RFC 3533, section 6).
struct OggPage {
  std::uint8_t flags = 0;
  std::uint64_t granule_position = 0;
  std::uint32_t serial = 0;
  std::uint32_t sequence = 0;
  std::size_t bytes = 0;  // of the whole page
  std::span<const std::byte> body;
};

// Bytes of the page that begins at `bytes`, by its header; it may reach past the end. None if no
// page begins there.
[[nodiscard]] std::optional<std::size_t> OggPageBytes(std::span<const std::byte> bytes);

// What the checksum field of a whole page must hold.
[[nodiscard]] std::uint32_t OggPageChecksum(std::span<const std::byte> page);

// The page at the start of `bytes`, if it is there to its end and undamaged.
[[nodiscard]] std::optional<OggPage> ReadOggPage(std::span<const std::byte> bytes);

}  // namespace heartbeat::audio
