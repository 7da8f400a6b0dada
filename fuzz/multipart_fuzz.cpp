// Any bytes as a form: the parser must find the same parts however its input is cut into pieces,
// never invent content, and say why where it refuses.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "server/multipart.h"

namespace {

using heartbeat::server::MultipartParser;
using heartbeat::server::PartHeader;

void Require(bool holds) {
  if (!holds) std::abort();
}

struct Part {
  PartHeader header;
  std::string data;
  bool ended = false;
};

class Collector final : public heartbeat::server::MultipartSink {
 public:
  heartbeat::base::Result<void> OnPartBegin(const PartHeader& header) override {
    Require(parts.empty() || parts.back().ended);
    parts.push_back({.header = header, .data = {}, .ended = false});
    return {};
  }
  heartbeat::base::Result<void> OnPartData(std::string_view data) override {
    Require(!data.empty() && !parts.empty() && !parts.back().ended);
    parts.back().data += data;
    return {};
  }
  heartbeat::base::Result<void> OnPartEnd() override {
    Require(!parts.empty() && !parts.back().ended);
    parts.back().ended = true;
    return {};
  }

  std::vector<Part> parts;
};

struct Outcome {
  std::vector<Part> parts;
  std::string error;
};

// `piece`: the length of all pieces but the last; 0: all at once.
Outcome Parse(std::string_view body, std::size_t piece) {
  Collector collector;
  MultipartParser parser("b", {.max_parts = 8, .max_part_header_bytes = 256}, collector);
  heartbeat::base::Result<void> result;
  while (piece != 0 && result && body.size() > piece) {
    result = parser.Feed(body.substr(0, piece));
    body.remove_prefix(piece);
  }
  if (result) result = parser.Feed(body);
  if (result) result = parser.Finish();
  if (result) return {.parts = std::move(collector.parts), .error = {}};
  Require(!result.error().message.empty());
  return {.parts = std::move(collector.parts), .error = result.error().message};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] % 64 + 1U;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto boundary = MultipartParser::BoundaryOf(body);
  Require(!boundary || (!boundary->empty() && boundary->size() <= 70));

  const auto whole = Parse(body, 0);
  const auto pieces = Parse(body, piece);
  Require(whole.error == pieces.error);
  Require(whole.parts.size() == pieces.parts.size());
  std::size_t content = 0;
  for (std::size_t i = 0; i < whole.parts.size(); ++i) {
    const auto& part = whole.parts[i];
    content += part.data.size();
    Require(part.header.name == pieces.parts[i].header.name);
    Require(part.header.file_name == pieces.parts[i].header.file_name);
    Require(part.ended == pieces.parts[i].ended);
    Require(part.ended || !whole.error.empty());
    // What stood after the last whole delimiter may be held back, but never differ.
    Require(part.data == pieces.parts[i].data || !part.ended);
    if (part.ended) Require(body.find(part.data) != std::string_view::npos);
  }
  Require(content <= body.size());
  return 0;
}
