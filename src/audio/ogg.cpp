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

// RFC 3533, section 6.
constexpr std::size_t kPageHeaderBytes = 27;
constexpr std::uint8_t kFirstPage = 0x02;
constexpr std::uint8_t kLastPage = 0x04;
constexpr std::uint64_t kNoPacketEnds = UINT64_MAX;

// Each link of a chained file has codebooks of its own to set up, which costs more than a short
// link plays; no real recording has more than a few.
constexpr std::size_t kMaxLinks = 64;

struct Page {
  std::uint8_t flags = 0;
  std::uint64_t granule_position = 0;
  std::uint32_t serial = 0;
  std::uint32_t sequence = 0;
  std::size_t bytes = 0;  // of the whole page
  Bytes body;
};

// CRC-32 with polynomial 0x04C11DB7, neither reflected nor inverted, over the page with its own
// checksum read as 0.
std::uint32_t PageChecksum(Bytes page) {
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
    const bool is_checksum = i >= 22 && i < 26;
    const auto byte = is_checksum ? 0U : std::to_integer<std::uint32_t>(page[i]);
    crc = crc << 8U ^ kTable[crc >> 24U ^ byte];
  }
  return crc;
}

// The page at the start of `bytes`, if it is there to its end and undamaged.
std::optional<Page> ReadPage(Bytes bytes) {
  if (bytes.size() < kPageHeaderBytes || !HasTag(bytes, 0, "OggS") || ByteAt(bytes, 4) != 0) {
    return std::nullopt;
  }
  const std::size_t segments = ByteAt(bytes, 26);
  const std::size_t header_bytes = kPageHeaderBytes + segments;
  std::size_t body_bytes = 0;
  for (std::size_t i = 0; i < segments; ++i) {
    body_bytes += ByteAt(bytes, kPageHeaderBytes + i);
  }
  if (header_bytes + body_bytes > bytes.size()) {
    return std::nullopt;
  }
  constexpr auto kOrder = std::endian::little;
  const Bytes whole = bytes.first(header_bytes + body_bytes);
  if (PageChecksum(whole) != ReadInteger<std::uint32_t>(bytes, 22, kOrder)) {
    return std::nullopt;
  }
  return Page{.flags = ByteAt(bytes, 5),
              .granule_position = ReadInteger<std::uint64_t>(bytes, 6, kOrder),
              .serial = ReadInteger<std::uint32_t>(bytes, 14, kOrder),
              .sequence = ReadInteger<std::uint32_t>(bytes, 18, kOrder),
              .bytes = whole.size(),
              .body = whole.subspan(header_bytes)};
}

bool IsHeardCodec(Bytes first_packet) {
  return HasTag(first_packet, 0, "\x01vorbis") || HasTag(first_packet, 0, "OpusHead");
}

std::string CodecName(Bytes first_packet) {
  if (HasTag(first_packet, 0,
             "\x7F"
             "FLAC")) {
    return "FLAC";
  }
  if (HasTag(first_packet, 0, "Speex   ")) {
    return "Speex";
  }
  if (HasTag(first_packet, 0, "\x80theora") || HasTag(first_packet, 0, "BBCD")) {
    return "video";
  }
  return "neither Vorbis nor Opus";
}

// A run of pages of one logical stream, from its first page to its last.
struct Link {
  std::size_t begin = 0;
  std::size_t end = 0;  // of the last page in which a packet ends
  std::uint32_t serial = 0;
  std::uint32_t next_sequence = 0;
  std::size_t pages = 0;
  bool ended = false;
};

// Appends pages to `links` until the file ends, or until something is wrong.
class Walk {
 public:
  explicit Walk(Bytes bytes) : bytes_(bytes) {}

  base::Result<void> Run() {
    for (std::size_t at = 0; at < bytes_.size();) {
      const std::optional<Page> page = ReadPage(bytes_.subspan(at));
      if (!page) {
        // Behind a stream that has ended, anything may follow (padding, a tag of some program).
        damaged_ = links_.empty() || !links_.back().ended || HasTag(bytes_, at, "OggS");
        return {};
      }
      if ((page->flags & kFirstPage) != 0) {
        auto begun = Begin(*page, at);
        if (!begun || damaged_) {
          return begun;
        }
      } else if (!Continue(*page, at)) {
        return {};
      }
      at += page->bytes;
    }
    damaged_ = damaged_ || links_.empty() || !links_.back().ended;
    return {};
  }

  [[nodiscard]] const std::vector<Link>& links() const { return links_; }
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  base::Result<void> Begin(const Page& page, std::size_t at) {
    if (!links_.empty() && !links_.back().ended) {
      if (links_.back().pages == 1) {
        return Fail(ErrorCode::kUnsupportedFormat,
                    "This OGG file holds several streams at once (a film, perhaps), which cannot "
                    "be read. Convert its sound to WAV and send that.");
      }
      damaged_ = true;
      return {};
    }
    if (!IsHeardCodec(page.body)) {
      return Fail(ErrorCode::kUnsupportedFormat,
                  "The sound in this OGG file cannot be read (" + CodecName(page.body) +
                      "; Vorbis and Opus can). Convert it to WAV and send that.");
    }
    if (links_.size() == kMaxLinks) {
      return Fail(ErrorCode::kCorruptRecording, "This OGG file is a chain of over " +
                                                    std::to_string(kMaxLinks) +
                                                    " recordings. Cut out the one to be heard.");
    }
    links_.push_back({.begin = at,
                      .end = at + page.bytes,
                      .serial = page.serial,
                      .next_sequence = page.sequence + 1,
                      .pages = 1,
                      .ended = (page.flags & kLastPage) != 0});
    return {};
  }

  // False, and damaged, if the page does not belong where it stands.
  bool Continue(const Page& page, std::size_t at) {
    if (links_.empty() || links_.back().ended || page.serial != links_.back().serial ||
        page.sequence != links_.back().next_sequence) {
      damaged_ = true;
      return false;
    }
    Link& link = links_.back();
    link.next_sequence = page.sequence + 1;
    ++link.pages;
    link.ended = (page.flags & kLastPage) != 0;
    if (page.granule_position != kNoPacketEnds) {
      link.end = at + page.bytes;
    }
    return true;
  }

  Bytes bytes_;
  std::vector<Link> links_;
  bool damaged_ = false;
};

}  // namespace

base::Result<Container> InspectOgg(std::span<const std::byte> bytes) {
  Walk walk(bytes);
  if (auto walked = walk.Run(); !walked) {
    return Fail(walked);
  }
  if (walk.links().empty()) {
    return Fail(ErrorCode::kTruncatedRecording,
                "This OGG file is cut off or damaged before its sound begins. Copy or upload it "
                "again.");
  }
  Container container{.format = "OGG", .truncated = walk.damaged()};
  for (const Link& link : walk.links()) {
    container.streams.push_back({.body = bytes.subspan(link.begin, link.end - link.begin)});
  }
  return container;
}

}  // namespace heartbeat::audio
