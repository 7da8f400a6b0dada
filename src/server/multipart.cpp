#include "server/multipart.h"

#include <algorithm>

#include "server/header_value.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

constexpr std::size_t kMaxBoundary = 70;  // RFC 2046, 5.1.1
constexpr std::size_t kMaxPadding = 128;
constexpr std::string_view kCrLf = "\r\n";

std::unexpected<base::Error> Malformed(const std::string& what) {
  return Fail(ErrorCode::kBadRequest, "the multipart form is malformed: " + what +
                                          "; send it with a library that writes "
                                          "multipart/form-data, or with curl -F");
}

// Splits a block of header lines, each ended by CR LF, and calls take(name, value).
template <typename Take>
base::Result<void> ForEachLine(std::string_view block, const Take& take) {
  while (!block.empty()) {
    const auto end = block.find(kCrLf);
    const auto line = block.substr(0, end);
    block.remove_prefix(end == std::string_view::npos ? block.size() : end + kCrLf.size());
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      return Malformed("a part's header has a line without a name and a colon");
    }
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
      return Malformed("a part's header holds a control character");
    }
    if (auto taken = take(line.substr(0, colon), Trim(line.substr(colon + 1))); !taken) {
      return taken;
    }
  }
  return {};
}

base::Result<void> ReadDisposition(std::string_view value, PartHeader& part) {
  const auto disposition = ParseHeaderValue(value);
  if (!disposition || disposition->value != "form-data") {
    return Malformed("a part's Content-Disposition is not form-data or cannot be read");
  }
  const auto* name = disposition->Find("name");
  if (name == nullptr) return Malformed("a part has no name in its Content-Disposition");
  part.name = *name;
  if (const auto* plain = disposition->Find("filename")) part.file_name = *plain;
  // RFC 7578 forbids filename*, yet clients send it; where both stand it is the better one.
  if (const auto* extended = disposition->Find("filename*")) {
    if (auto decoded = DecodeExtendedValue(*extended)) {
      part.file_name = std::move(decoded);
    } else if (!part.file_name) {
      return Malformed("a part's filename* cannot be decoded");
    }
  }
  return {};
}

}  // namespace

MultipartParser::MultipartParser(std::string_view boundary, const MultipartLimits& limits,
                                 MultipartSink& sink)
    : delimiter_("\r\n--" + std::string(boundary)), limits_(limits), sink_(sink) {}

std::optional<std::string> MultipartParser::BoundaryOf(std::string_view content_type) {
  const auto parsed = ParseHeaderValue(content_type);
  if (!parsed || parsed->value != "multipart/form-data") return std::nullopt;
  const auto* boundary = parsed->Find("boundary");
  if (boundary == nullptr || boundary->empty() || boundary->size() > kMaxBoundary) {
    return std::nullopt;
  }
  const auto printable = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (!std::ranges::all_of(*boundary, printable) || boundary->back() == ' ') return std::nullopt;
  return *boundary;
}

base::Result<void> MultipartParser::Feed(std::string_view bytes) {
  while (!error_ && !bytes.empty()) {
    if (auto stepped = Step(bytes); !stepped) error_ = std::move(stepped).error();
  }
  if (error_) return std::unexpected(*error_);
  return {};
}

base::Result<void> MultipartParser::Finish() {
  if (!error_ && state_ != State::kEpilogue) {
    error_ = Malformed("it ends before its closing boundary, so part of it was lost").error();
  }
  if (error_) return std::unexpected(*error_);
  return {};
}

base::Result<void> MultipartParser::Step(std::string_view& bytes) {
  switch (state_) {
    case State::kPreamble:
    case State::kBody:
      return ScanForDelimiter(bytes);
    case State::kDelimiterTail:
      return ReadDelimiterTail(bytes);
    case State::kHeader:
      return ReadHeader(bytes);
    case State::kEpilogue:
      bytes = {};  // RFC 2046: to be ignored
      return {};
  }
  return {};
}

// CR stands nowhere in the delimiter but in front, so when a match breaks, no shorter match can
// begin inside what had matched: no table of fallbacks is needed.
base::Result<void> MultipartParser::ScanForDelimiter(std::string_view& bytes) {
  while (matched_ > 0 && matched_ < delimiter_.size() && !bytes.empty()) {
    if (bytes.front() == delimiter_[matched_]) {
      ++matched_;
      bytes.remove_prefix(1);
      continue;
    }
    const auto held_back =
        std::string_view(delimiter_).substr(unsent_, std::max(matched_, unsent_) - unsent_);
    matched_ = 0;
    unsent_ = 0;
    if (auto emitted = EmitData(held_back); !emitted) return emitted;
  }
  if (matched_ == 0 && !bytes.empty()) {
    auto found = bytes.find(delimiter_);
    if (found != std::string_view::npos) {
      matched_ = delimiter_.size();
    } else {
      // Hold back an end that may be the beginning of the delimiter.
      const auto earliest = bytes.size() - std::min(bytes.size(), delimiter_.size() - 1);
      found = bytes.find('\r', earliest);
      while (found != std::string_view::npos && !delimiter_.starts_with(bytes.substr(found))) {
        found = bytes.find('\r', found + 1);
      }
      if (found == std::string_view::npos) found = bytes.size();
      matched_ = bytes.size() - found;
    }
    const auto data = bytes.substr(0, found);
    bytes.remove_prefix(found + matched_);
    if (auto emitted = EmitData(data); !emitted) return emitted;
  }
  if (matched_ < delimiter_.size()) return {};
  const bool ends_part = state_ == State::kBody;
  state_ = State::kDelimiterTail;
  tail_.clear();
  matched_ = 0;
  unsent_ = 0;
  return ends_part ? sink_.OnPartEnd() : base::Result<void>{};
}

base::Result<void> MultipartParser::EmitData(std::string_view data) {
  if (data.empty() || state_ != State::kBody) return {};
  return sink_.OnPartData(data);
}

// After the delimiter: "--" closes the form; padding and CR LF begin a part. RFC 2046, 5.1.1 makes
// any line that begins with the boundary a delimiter, so nothing else can be content.
base::Result<void> MultipartParser::ReadDelimiterTail(std::string_view& bytes) {
  const char c = bytes.front();
  bytes.remove_prefix(1);
  if (tail_ == "-") {
    if (c != '-') return Malformed("a boundary is followed by something else than a line end");
    state_ = State::kEpilogue;
    return {};
  }
  if (tail_.ends_with('\r')) {
    if (c != '\n') return Malformed("a boundary is followed by something else than a line end");
    state_ = State::kHeader;
    header_.clear();
    return {};
  }
  const bool may_close = c == '-' && tail_.empty();
  if (!may_close && c != ' ' && c != '\t' && c != '\r') {
    return Malformed("a boundary is followed by something else than a line end");
  }
  if (tail_.size() >= kMaxPadding) return Malformed("a boundary is followed by too many blanks");
  tail_.push_back(c);
  return {};
}

base::Result<void> MultipartParser::ReadHeader(std::string_view& bytes) {
  while (!bytes.empty()) {
    header_.push_back(bytes.front());
    bytes.remove_prefix(1);
    if (header_ == kCrLf || header_.ends_with("\r\n\r\n")) return BeginPart();
    if (header_.size() >= limits_.max_part_header_bytes) {
      return Malformed("a part's header is longer than " +
                       std::to_string(limits_.max_part_header_bytes) + " bytes");
    }
  }
  return {};
}

base::Result<void> MultipartParser::BeginPart() {
  if (++parts_ > limits_.max_parts) {
    return Fail(ErrorCode::kBadRequest, "the form has more than " +
                                            std::to_string(limits_.max_parts) +
                                            " parts; send fewer in one request");
  }
  PartHeader part;
  bool has_disposition = false;
  header_.resize(header_.size() - kCrLf.size());  // the empty line
  auto read = ForEachLine(header_, [&](std::string_view name, std::string_view value) {
    if (EqualsIgnoringCase(name, "content-type")) part.content_type = value;
    if (!EqualsIgnoringCase(name, "content-disposition")) return base::Result<void>{};
    if (std::exchange(has_disposition, true)) {
      return base::Result<void>(Malformed("a part has two Content-Disposition lines"));
    }
    return ReadDisposition(value, part);
  });
  if (!read) return read;
  if (!has_disposition) return Malformed("a part has no Content-Disposition");
  state_ = State::kBody;
  matched_ = 2;
  unsent_ = 2;
  return sink_.OnPartBegin(part);
}

}  // namespace heartbeat::server
