// Any bytes as a batch: its files are the same however the body is cut into pieces and wherever
// they wait, none is over its limit, and one that is takes nothing from the others.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "server/form.h"

namespace {

using heartbeat::server::Form;
using heartbeat::server::FormLimits;
using heartbeat::server::FormReader;
using heartbeat::server::FormSpec;

constexpr std::size_t kMaxFileBytes = 64;

void Require(bool holds) {
  if (!holds) std::abort();
}

// `piece`: the length of all pieces but the last; 0: all at once. `memory_bytes`: of all files.
heartbeat::base::Result<Form> Read(std::string_view body, std::size_t piece,
                                   std::size_t memory_bytes) {
  const FormSpec spec{.file_keys = {"f"}, .field_keys = {"t"}, .max_files = 6, .keep_going = true};
  FormLimits limits;
  limits.max_file_bytes = kMaxFileBytes;
  limits.max_field_bytes = 32;
  limits.memory_bytes = 24;
  limits.form_memory_bytes = memory_bytes;
  limits.multipart = {.max_parts = 8, .max_part_header_bytes = 256};
  FormReader reader("b", spec, limits);
  heartbeat::base::Result<void> fed;
  while (piece != 0 && fed && body.size() > piece) {
    fed = reader.Feed(body.substr(0, piece));
    body.remove_prefix(piece);
  }
  if (fed) fed = reader.Feed(body);
  if (!fed) return heartbeat::base::Fail(fed);
  return reader.Finish();
}

std::string Content(heartbeat::server::FormFile& file) {
  const auto bytes = file.content.Bytes();
  Require(bytes.has_value());
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] % 32 + 1U;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto whole = Read(body, 0, 1'000);
  auto pieces = Read(body, piece, 30);
  Require(whole.has_value() == pieces.has_value());
  if (!whole) {
    Require(!whole.error().message.empty());
    Require(whole.error().message == pieces.error().message);
    return 0;
  }
  Require(whole->fields == pieces->fields);
  Require(whole->files.size() == pieces->files.size() && whole->files.size() <= 6);
  for (std::size_t i = 0; i < whole->files.size(); ++i) {
    auto& file = whole->files[i];
    const auto content = Content(file);
    Require(content == Content(pieces->files[i]));
    Require(file.error.has_value() == pieces->files[i].error.has_value());
    Require(content.size() <= kMaxFileBytes && content.size() == file.content.size());
    Require(!file.error || content.empty());
    Require(body.find(content) != std::string_view::npos);
  }
  return 0;
}
