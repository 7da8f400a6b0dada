// Any bytes as the cursor of a page: what is taken is what EncodeCursor writes for the same
// position, and holds an id and a time that the history may have; all else is an invalid argument.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store/cursor.h"
#include "store/text.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace store = heartbeat::store;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto position = store::DecodeCursor(text);
  if (position) {
    Require(store::EncodeCursor(*position) == text);
    Require(store::IsId(position->id) && position->time_ms >= 0);
  } else {
    Require(position.error().code == heartbeat::base::ErrorCode::kInvalidArgument);
  }
  // Names from outside are kept as text, whatever they are.
  const auto valid = store::ToValidUtf8(text);
  Require(store::ToValidUtf8(valid) == valid);
  return 0;
}
