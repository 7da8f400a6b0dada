#include <cstdint>
#include <string>
#include <string_view>

#include "audio/bytes.h"
#include "audio/container.h"
#include "audio/ogg_page.h"

namespace heartbeat::audio {
namespace {

using base::ErrorCode;
using base::Fail;

// RFC 3533, section 6: flags of a page's header, and the position of a page in which no packet
// ends.
constexpr std::uint8_t kFirstPage = 0x02;
constexpr std::uint8_t kLastPage = 0x04;
constexpr std::uint64_t kNoPacketEnds = UINT64_MAX;

// Each link of a chained file has codebooks of its own to set up, which costs more than a short
// link plays; no real recording has more than a few.
constexpr std::size_t kMaxLinks = 64;

bool IsVorbis(Bytes first_packet) { return HasTag(first_packet, 0, "\x01vorbis"); }

bool IsHeardCodec(Bytes first_packet) {
  return IsVorbis(first_packet) || HasTag(first_packet, 0, "OpusHead");
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
  Codec codec = Codec::kOther;
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
      const std::optional<OggPage> page = ReadOggPage(bytes_.subspan(at));
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
  base::Result<void> Begin(const OggPage& page, std::size_t at) {
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
    links_.push_back({.codec = IsVorbis(page.body) ? Codec::kVorbis : Codec::kOther,
                      .begin = at,
                      .end = at + page.bytes,
                      .serial = page.serial,
                      .next_sequence = page.sequence + 1,
                      .pages = 1,
                      .ended = (page.flags & kLastPage) != 0});
    return {};
  }

  // False, and damaged, if the page does not belong where it stands.
  bool Continue(const OggPage& page, std::size_t at) {
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
    container.streams.push_back(
        {.codec = link.codec, .body = bytes.subspan(link.begin, link.end - link.begin)});
  }
  return container;
}

}  // namespace heartbeat::audio
