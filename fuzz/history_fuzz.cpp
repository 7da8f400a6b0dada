// Any bytes as the query of the history, as a time and as Range: what is taken is within its
// limits, and what is refused says why.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/byte_range.h"
#include "server/history_query.h"
#include "server/rfc3339.h"

namespace {

namespace server = heartbeat::server;
namespace store = heartbeat::store;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckQuery(std::string_view text, server::Paging paging) {
  const auto query = server::ParseHistoryQuery(text, paging);
  if (!query) {
    Require(query.error().code == heartbeat::base::ErrorCode::kInvalidArgument);
    Require(query.error().message.size() > 10);
    return;
  }
  Require(query->page.limit >= 1 && query->page.limit <= store::PageRequest::kMaxLimit);
  if (paging == server::Paging::kNone) Require(query->page.cursor.empty());
  Require(query->filter.file_name_prefix.size() <= text.size());
  Require(query->filter.patient_ref.find('\0') == std::string::npos);
}

void CheckRange(std::string_view text, std::uint64_t size) {
  const auto range = server::ParseByteRange(text, size);
  if (range) Require(range->offset <= size && range->length <= size - range->offset);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckQuery(text, server::Paging::kAllowed);
  CheckQuery(text, server::Paging::kNone);
  for (const std::uint64_t bytes : {0ULL, 1ULL, 1000ULL, ~0ULL}) CheckRange(text, bytes);
  if (const auto time = server::ParseRfc3339(text)) Require(time->time_since_epoch().count() >= 0);
  return 0;
}
